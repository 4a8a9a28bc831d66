"""Counts to calibrated amplitude density, and the smooth background under it."""

"""Harmonics in full: how deep, how wide and how strong each is, and where and when their fan begins and ends."""

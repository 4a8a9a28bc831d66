"""Polarisation of the horizontal field: degree, azimuth and ellipticity with errors, from spectra of both coils."""

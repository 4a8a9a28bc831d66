"""Schumann resonances: frequency, amplitude and Q of the modes of each ten minutes, from the amplitude spectrum."""

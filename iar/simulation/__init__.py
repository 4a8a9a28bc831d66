"""Nights whose truth is known: the coil's signal, its interference, and where the fringes are."""

"""How good a network is: scores of pixels and nights, on nights that it has not seen."""

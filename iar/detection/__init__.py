"""Where the fringes are: the published detector, and the network."""

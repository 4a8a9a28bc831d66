"""Search for the settings of a training that leave the least loss on held-out months."""

"""Hour files in: one file per format, and what is wrong with them."""

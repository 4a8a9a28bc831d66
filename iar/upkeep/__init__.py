"""Is the archive whole and fresh, and the machine fit to run? What was found wrong, and what mends it."""

"""From probability to physics: ridges, spacing, verdict, table."""

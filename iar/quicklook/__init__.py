"""Pages for a browser: the archive's nights, its calendar, its climatology, and the networks of a registry."""

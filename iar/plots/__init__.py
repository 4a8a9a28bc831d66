"""Every picture: of a night, of the archive. Figures out, no files touched."""

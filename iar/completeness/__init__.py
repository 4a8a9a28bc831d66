"""What a detector would have found in an archive's own noise: fans that are laid over it, and how many come back."""

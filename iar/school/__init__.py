"""From an archive and a recipe to a network and its judgement, as files and a registry."""

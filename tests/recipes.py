"""A recipe for a network so small that it trains in seconds."""

TINY_RECIPE = """\
name: tiny
sources: {simulated: 8, slots: 32}
unet: {base_filters: 1, depth: 2}
training: {epochs: 1, batch: 8, learning_rate: 0.01, seed: 3}
folds: 2
evaluation_nights: 7
"""

"""The school of the network: examples, folds, training, judgement, registry."""

"""One network learns: batches, losses, optimisers, and where it stands after each epoch."""

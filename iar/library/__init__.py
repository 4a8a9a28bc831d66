"""What a notebook calls: the functions of ``import iar``, each a few lines over the rooms below, with labels.

In and out go NumPy arrays with plain numbers, or xarray with units; nothing here computes what another room could.
"""

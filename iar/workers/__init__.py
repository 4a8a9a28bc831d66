"""Who works on many nights. The only part of `iar` that imports Dask."""

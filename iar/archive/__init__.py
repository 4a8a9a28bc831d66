"""The store: one Zarr v3 hierarchy a station, pre-sized by night, with a manifest that says what is whole."""

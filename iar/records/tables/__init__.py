"""Tables that a station's YAML describes: text, HDF5, NetCDF, MATLAB and WAV."""

"""What people said of nights: which record counts, who agrees with whom, and what it says of all nights.

The records themselves lie in the archive, see `iar.archive.labels`.
"""

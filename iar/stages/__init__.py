"""One night of an archive through one stage: open, call, write, seal.

The command line and Prefect's tasks both call these. Each stage knows the signature of its inputs and settings; a stage
whose signature is already sealed is left alone, so running twice changes nothing and a late hour redoes just its night.
"""

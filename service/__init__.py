"""The running service: what sets it up, runs it, and mends it. The only place that manages Prefect's server."""

"""Prefect tasks: each opens, calls the core, writes, and returns a small reference."""

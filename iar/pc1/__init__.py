"""Pc1 waves of a night: events in time and frequency that stand above what is usual there."""

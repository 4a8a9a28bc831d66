"""Alfvén waves between the ground and 1000 km: speed, time of flight, response of the ground."""

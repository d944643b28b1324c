"""Incidents recorded with real programs, and the recorder that made them."""

"""Replica portals: loopback servers that behave like the real ones, with the truth of every page known."""

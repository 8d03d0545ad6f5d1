"""Takedown: what is hidden, unlisted or deleted, crash-safe at every step."""

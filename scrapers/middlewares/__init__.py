"""Manners and guards between the spiders and the network."""

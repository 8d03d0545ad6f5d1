"""Portals, one small file each: facts only."""

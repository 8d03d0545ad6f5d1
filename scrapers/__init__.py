"""Where to look: portals, CMS families, sources and the crawler's settings."""

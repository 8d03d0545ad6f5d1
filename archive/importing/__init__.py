"""Other tools' WARC and WACZ files, and what CDX servers hold, taken into the archive."""

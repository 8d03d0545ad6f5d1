"""Capture at the wire: the download handler and the taps it puts on connections."""

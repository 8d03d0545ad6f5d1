"""Runnable comparisons with what others use: ratios from one run on one machine."""

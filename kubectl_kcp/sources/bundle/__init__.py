"""Recorded management clusters: a folder, or one compressed file."""

"""Profiles as text, JSON, HTML and other programs' formats: a file for each format, ``formats`` is their table."""

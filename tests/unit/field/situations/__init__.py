"""Situations that nobody made a rule for, a file for each kind of them."""

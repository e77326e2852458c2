"""How things go wrong on a target, and are well again afterwards."""

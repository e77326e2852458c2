"""Profiles of Go programs: decode, top, tree, difference, causes, exports. Pure."""

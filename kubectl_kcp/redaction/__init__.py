"""Stand-ins for the names of an installation: which they are, and where they are put. Pure but for keys that are thrown away."""

"""Controllers that run on this machine, or are forwarded to it."""

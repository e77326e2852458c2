"""Certificates: reading, chains, expiry and consistency. Pure."""

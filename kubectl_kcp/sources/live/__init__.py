"""A real management cluster, through its API server."""

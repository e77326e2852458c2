"""The only place with I/O to a cluster, a bundle, a URL or a file. Everything above sees ``interface.Source``."""

"""This machine: files in memory and files written whole, local programs, threads. Knows neither Kubernetes nor Cluster API."""

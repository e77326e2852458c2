"""Prometheus pages of controllers: reading as a stream, rates, quantiles. Pure."""

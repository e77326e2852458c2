"""A small management cluster in Python, on loopback, from a recording of a real one.

``python -m tests.sandbox`` starts one to try things on. The API server, its rights, the port-forward and etcd's mutual TLS are real in
what they do; the controllers are stand-ins: their diagnostics pages and most of their objects were recorded.
"""

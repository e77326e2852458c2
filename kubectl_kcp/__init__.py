"""kubectl kcp: diagnoses the control-plane controllers of a Cluster API management cluster."""

__version__ = "0.1.0"

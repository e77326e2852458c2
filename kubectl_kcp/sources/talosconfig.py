"""Talos' client configuration (siderolabs/talos ``pkg/machinery/client/config``): the certificate and key of its context."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_kcp.sources import plain_yaml
from kubectl_kcp.sources.kubeconfig import decoded

FIELD = "talosconfig"
"""Of the Secret CLUSTER-talosconfig that the bootstrap provider makes (siderolabs/cluster-api-bootstrap-provider-talos)."""


def client(config: bytes) -> tuple[bytes, bytes]:
    """The certificate and its key, in PEM. Raises ValueError with a reason free of its content."""
    try:
        document = plain_yaml.load(config)
    except ValueError as e:
        raise ValueError(f"the talosconfig is {e}") from None
    contexts = document.get("contexts") if isinstance(document, Mapping) else None
    context = contexts.get(str(document.get("context"))) if isinstance(contexts, Mapping) else None
    if not isinstance(context, Mapping):
        raise ValueError("the talosconfig's context is not there")
    return _pem(context.get("crt"), "crt"), _pem(context.get("key"), "key")


def _pem(value: object, field: str) -> bytes:
    if not value:
        raise ValueError(f"no {field} in the talosconfig")
    return decoded(value, f"{field} in the talosconfig")

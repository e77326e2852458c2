"""How old the token of a kubeconfig is, and whether it can still be taken. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from kubectl_kcp.knowledge.control_planes import provider_of
from kubectl_kcp.kubeconfigs.change import last_written
from kubectl_kcp.model.certificate import CertificateStatus, TokenAge
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.secret import CertificateSecret

SLACK = timedelta(minutes=1)
"""What clocks may differ by."""


def with_tokens(
    cluster: Cluster, certificates: tuple[CertificateStatus, ...], secrets: Iterable[CertificateSecret], now: datetime
) -> tuple[CertificateStatus, ...]:
    """``certificates`` with the age of each kubeconfig's token. ``now`` is the API server's time, as far as it is known."""
    ages = {str(s.purpose): age_of(cluster, s, now) for s in secrets if s.kubeconfig is not None and s.kubeconfig.auth == "token"}
    return tuple(replace(c, token=ages[c.kind]) if c.kind in ages else c for c in certificates) if ages else certificates


def age_of(cluster: Cluster, secret: CertificateSecret, now: datetime) -> TokenAge:
    """Its life is known where the Secret is the provider's own: another's token may live for years."""
    written, provider = last_written(secret), provider_of(cluster.control_plane_kind)
    held = provider.held(secret.purpose)
    tokens = held.tokens if held is not None and not set(provider.kinds).isdisjoint(secret.owner_kinds) else None
    at, by = (written.at, written.by) if written is not None else (None, "")
    if tokens is None:
        return TokenAge(at, by)
    ended = at is not None and now - at > tokens.lives + SLACK
    why = f"Cluster {cluster.ref} is paused" if cluster.paused else ""
    return TokenAge(at, by, tokens.lives, tokens.every, ended, why)

"""A Pushgateway, by its API: ``PUT /metrics/job/NAME{/LABEL/VALUE}`` replaces all series of that group."""

from __future__ import annotations

from urllib.parse import urlsplit

from kubectl_kcp.errors import UsageError
from kubectl_kcp.sources.store import Address, Store, checked

GROUP = "/metrics/job/"


def gateway(url: str, timeout: float = 30.0) -> Address:
    """``url`` ends with the group. Raises UsageError."""
    address = checked(Address(url, timeout=timeout), "--push")
    if GROUP not in urlsplit(url).path:
        raise UsageError(
            f"--push {url}: it does not say which group of the Pushgateway's series is replaced",
            "as in http://pushgateway:9091/metrics/job/kubectl-kcp/management_cluster/prod-1",
        )
    return address


def push(address: Address, page: bytes, content_type: str) -> None:
    """Raises KcpError, as a Store does."""
    Store(address).ask("PUT", "", body=page, form=content_type)

"""The quota of a member's database where its status does not tell it (before etcd 3.6): from how its Pod starts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from kubectl_kcp.inventory.flags import flags_of
from kubectl_kcp.kube.objects import rows, section, text
from kubectl_kcp.model.etcd import MemberStatus, QuotaSource

CONTAINER = "etcd"
FLAG, VARIABLE = "quota-backend-bytes", "ETCD_QUOTA_BACKEND_BYTES"
CONFIG_FILE, CONFIG_VARIABLE = "config-file", "ETCD_CONFIG_FILE"
DEFAULT_BYTES = 2 << 30
"""``DefaultQuotaBytes`` of etcd's quota.go, 3.4 to 3.6: for 0, and where nothing is said. A negative quota is none."""


def with_quota(status: MemberStatus, pod: Mapping[str, Any]) -> MemberStatus:
    """``status`` with what the Pod says, unchanged where it does not tell: no such container, a file, or no number."""
    container = next((c for c in rows(section(pod, "spec"), "containers") if text(c, "name") == CONTAINER), None)
    if container is None:
        return status
    flags = flags_of(container)
    variables = {text(v, "name"): v for v in rows(container, "env")}
    if CONFIG_FILE in flags or CONFIG_VARIABLE in variables:  # flags and variables do not count then
        return status
    said = flags.get(FLAG) or text(variables.get(VARIABLE, {}), "value")
    if not said:
        return status if VARIABLE in variables else _quota(status, 0)
    try:
        return _quota(status, int(said))
    except ValueError:
        return status


def _quota(status: MemberStatus, said: int) -> MemberStatus:
    if said < 0:
        return replace(status, db_size_quota=None, quota_source=QuotaSource.UNLIMITED)
    source = QuotaSource.POD if said else QuotaSource.DEFAULT
    return replace(status, db_size_quota=said or DEFAULT_BYTES, quota_source=source)

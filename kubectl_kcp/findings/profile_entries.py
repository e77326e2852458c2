"""Findings that profiles show."""

from __future__ import annotations

from kubectl_kcp.advice import advice
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.knowledge.causes import CAUSES, CREDENTIAL
from kubectl_kcp.model.finding import Severity

KEYS = "etcd-client-keys"

_ROW = next(c for c in CAUSES if c.id == CREDENTIAL)
ENTRIES = (
    Entry(
        KEYS,
        "KCP makes new etcd client keys in each reconcile",
        Severity.WARNING,
        f"{_ROW.meaning[0].upper()}{_ROW.meaning[1:]}: {_ROW.versions}.",
        advice(_ROW.cure),
        _ROW.versions,
        _ROW.source,
    ),
)

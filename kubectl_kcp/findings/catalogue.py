"""All findings there are: code, title, severity, meaning, cure, versions, source. A page for each lies in docs/diagnoses/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from kubectl_kcp.advice import Advice, Command, Shell
from kubectl_kcp.findings import (
    cache_entries,
    certificate_entries,
    control_plane_entries,
    credential_entries,
    etcd_entries,
    growth_entries,
    history_entries,
    kubeconfig_entries,
    lifecycle_entries,
    log_level_entries,
    management_entries,
    profile_entries,
    reconcile_entries,
    rotation_entries,
    upgrade_entries,
    usage_entries,
)
from kubectl_kcp.model.finding import Evidence, Finding, FindingKey, Severity
from kubectl_kcp.model.reference import ObjectRef

GROUPS = (
    credential_entries.ENTRIES,
    certificate_entries.ENTRIES,
    rotation_entries.ENTRIES,
    cache_entries.ENTRIES,
    kubeconfig_entries.ENTRIES,
    etcd_entries.ENTRIES,
    log_level_entries.ENTRIES,
    profile_entries.ENTRIES,
    reconcile_entries.ENTRIES,
    control_plane_entries.ENTRIES,
    lifecycle_entries.ENTRIES,
    management_entries.ENTRIES,
    upgrade_entries.ENTRIES,
    usage_entries.ENTRIES,
    growth_entries.ENTRIES,
    history_entries.ENTRIES,
)
CATALOGUE = {entry.code: entry for entries in GROUPS for entry in entries}
"""By code. A group of findings is a file of entries."""


def found(
    code: str,
    subject: ObjectRef,
    seen: str,
    *,
    evidence: Sequence[Evidence] = (),
    since: datetime | None = None,
    meaning: str = "",
    action: Advice | None = None,
    severity: Severity | None = None,
    because: FindingKey | None = None,
    parts: Iterable[str] = (),
    objects: Iterable[ObjectRef] = (),
) -> Finding:
    """A finding with what its entry says, unless the maker knows better for this subject."""
    entry = CATALOGUE[code]
    return Finding(
        code,
        severity or entry.severity,
        subject,
        seen,
        meaning or entry.meaning,
        about(entry.cure, subject) if action is None else action,
        tuple(evidence),
        since,
        because,
        about=frozenset(parts),
        objects=tuple(objects),
    )


def about(cure: Advice, subject: ObjectRef) -> Advice:
    """What is said of all objects alike, for this one: with its name and namespace in the commands, to be copied whole."""
    return Advice(tuple(p if isinstance(p, str) else _named(p, subject) for p in cure.parts))


def _named(part: Command | Shell, subject: ObjectRef) -> Command | Shell:
    ref = subject.ref
    if isinstance(part, Shell):
        words = part.words if ref.namespace else part.words.replace(" -n NAMESPACE", "")
        words = words.replace("KIND", subject.kind.lower()).replace("NAMESPACE", ref.namespace)
        return Shell(re.sub(r"\bNAME\b", lambda _: ref.name, words))
    if subject.kind != "Cluster":
        return part
    return Command(part.words.replace("CLUSTER", ref.name).replace("NAMESPACE", ref.namespace))

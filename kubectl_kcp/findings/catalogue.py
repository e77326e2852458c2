"""All findings there are: code, title, severity, meaning, cure, versions, source. A page for each lies in docs/diagnoses/."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kubectl_kcp.advice import Advice
from kubectl_kcp.findings import (
    control_plane_entries,
    credential_entries,
    lifecycle_entries,
    management_entries,
    profile_entries,
    reconcile_entries,
    upgrade_entries,
    usage_entries,
)
from kubectl_kcp.model.finding import Evidence, Finding, FindingKey, Severity
from kubectl_kcp.model.reference import ObjectRef

GROUPS = (
    credential_entries.ENTRIES,
    profile_entries.ENTRIES,
    reconcile_entries.ENTRIES,
    control_plane_entries.ENTRIES,
    lifecycle_entries.ENTRIES,
    management_entries.ENTRIES,
    upgrade_entries.ENTRIES,
    usage_entries.ENTRIES,
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
) -> Finding:
    """A finding with what its entry says, unless the maker knows better for this subject."""
    entry = CATALOGUE[code]
    return Finding(
        code,
        severity or entry.severity,
        subject,
        seen,
        meaning or entry.meaning,
        entry.cure if action is None else action,
        tuple(evidence),
        since,
        because,
    )

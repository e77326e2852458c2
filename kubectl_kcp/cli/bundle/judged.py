"""A bundle's gathering, as ``doctor --bundle`` has it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubectl_kcp.model.estate import Estate


def judged(path: str, baseline: str | None = None) -> Estate:
    """All of its clusters, and what has grown since ``baseline`` was recorded. Raises KcpError where it is no bundle."""
    from kubectl_kcp.gather.estate import Wanted, gather_estate
    from kubectl_kcp.model.reference import Scope
    from kubectl_kcp.sources.bundle.open import open_bundle

    with open_bundle(path) as source, nullcontext() if baseline is None else open_bundle(baseline) as earlier:
        return gather_estate(source, Wanted(Scope(), window=0.0, within=None, baseline=earlier))

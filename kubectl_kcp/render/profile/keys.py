"""What a heap profile says about keys for etcd client credentials, in two or three lines."""

from __future__ import annotations

from kubectl_kcp.model.profile_report import KeyContext, KeysGenerated
from kubectl_kcp.pprof.causes import FEW_SAMPLES
from kubectl_kcp.render.profile.units import amount

WHAT = "etcd client keys generated"
USUAL = "a cache makes 1 a cluster, and from v1.12 on one more each day"


def keys_lines(keys: KeysGenerated, window: str = "") -> list[str]:
    """``window`` is the time that a store merged, "" where allocations count from the start."""
    what = f"{WHAT} {window or 'since the process started'}"
    if not keys.allocated:
        return [f"{what}: none"]
    rates = [
        *([f"{keys.per_cluster:.1f} a cluster"] if keys.per_cluster is not None else []),
        *([f"{keys.per_reconcile:.2f} a reconcile"] if keys.per_reconcile is not None else []),
    ]
    return [
        f"{what}: {_number(keys)}{_over(keys.context)}",
        *([f"  that is {', '.join(rates)}; {USUAL}"] if rates else []),
        f"  from {amount(keys.allocated, 'bytes')} allocated at {_size(keys)}{_few(keys.samples)}",
    ]


def _number(keys: KeysGenerated) -> str:
    span = f"{_count(keys.low)} to {_count(keys.high)}"
    return span if keys.keys is None else f"about {_count(keys.keys)} ({span})"


def _count(keys: float) -> str:
    """There is at least one where anything was allocated."""
    return f"{max(1.0, keys):.0f}"


def _over(at: KeyContext) -> str:
    clusters = f" for {at.clusters} clusters" if at.clusters is not None else ""
    return clusters + (f" in {at.reconciles} reconciles" if at.reconciles is not None else "")


def _size(keys: KeysGenerated) -> str:
    low, high = (b / 1e6 for b in keys.bytes_per_key)
    version = f"by {keys.context.go_version}" if keys.context.go_version else "the Go version is not known"
    return f"{low:.2f} to {high:.2f} MB a key ({'as its CA keys show' if keys.calibrated else version})"


def _few(samples: int) -> str:
    return f", fewer than {FEW_SAMPLES} samples ({samples})" if samples < FEW_SAMPLES else ""

"""Reconciles that run, as a goroutine profile shows them: which reconciler, where in its own code, and what it waits in. Pure."""

from __future__ import annotations

import re
from collections import Counter

from kubectl_kcp.model.profile import Profile
from kubectl_kcp.model.profile_report import Running
from kubectl_kcp.pprof.stacks import by_function, type_index

_RUNTIME = "sigs.k8s.io/controller-runtime/"
_WORKER = re.compile(re.escape(_RUNTIME) + r"pkg/internal/controller\.\(\*Controller(?:\[\.\.\.\])?\)\.Reconcile$")
"""Below it is the reconciler's own ``Reconcile`` (controller-runtime, pkg/internal/controller/controller.go)."""
_OWN = re.compile(r"\.\(?\*?(\w+)\)?\.Reconcile$")
_GO = re.compile(r"(?:runtime|internal|sync|reflect|bufio|io|time|crypto/internal)[./]")
"""Go's own waiting and copying: what called it says more."""


def running(profile: Profile) -> tuple[Running, ...]:
    """The most goroutines first. One look: whether a reconcile hangs is not told here. Raises NotFound where it is no goroutine profile."""
    stacks = by_function(profile, type_index(profile, "goroutine"))
    worker = {i for i, name in enumerate(stacks.names) if _WORKER.search(name)}
    found: Counter[tuple[str, str, str]] = Counter()
    for frames, count in zip(stacks.frames, stacks.values, strict=True):
        at = next((n for n, frame in enumerate(frames) if frame in worker), None)
        place = None if at is None else _place([stacks.names[f] for f in frames[:at]])
        if place is not None:
            found[place] += count
    return tuple(Running(*place, count) for place, count in found.most_common())


def _place(inner: list[str]) -> tuple[str, str, str] | None:
    """``inner`` is what the worker called, leaf first. A wrapper of Cluster API's may lie around the reconciler: the innermost counts."""
    at = next((n for n, name in enumerate(inner) if _OWN.search(name) and not name.startswith(_RUNTIME)), None)
    if at is None:
        return None
    module = "/".join(inner[at].split("/")[:2]) + "/"
    own = next((name for name in inner[: at + 1] if name.startswith(module) and not name.startswith(_RUNTIME)), inner[at])
    leaf = next((name for name in inner if not _GO.match(name)), own)
    return _called(inner[at]), short(own), short(leaf)


def _called(name: str) -> str:
    """``KubeadmControlPlaneReconciler``; ``cluster.Reconciler`` where the type has no name of its own."""
    match = _OWN.search(name)
    assert match is not None
    package = name[: match.start()].rpartition("/")[2]
    return match[1] if match[1] != "Reconciler" else f"{package}.{match[1]}"


def short(name: str) -> str:
    """Without the package's path, and without what a generic function is for: ``internal.(*Management).GetWorkloadCluster``,
    ``priorityqueue.(*priorityqueue[...]).GetWithPriority``."""
    plain, bracket, types = name.partition("[")
    return plain.rpartition("/")[2] + (f"[...]{types.rpartition(']')[2]}" if bracket else "")

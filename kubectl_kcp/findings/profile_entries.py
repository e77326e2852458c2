"""Findings that profiles show."""

from __future__ import annotations

from kubectl_kcp.advice import advice
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.knowledge.causes import CAUSES, CREDENTIAL
from kubectl_kcp.model.finding import Severity

KEYS = "etcd-client-keys"
PANICKED = "process-panicked"
LOCK_HELD = "lock-held-long"
NOT_DROPPED = "profile-frames-not-dropped"

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
    Entry(
        PANICKED,
        "A controller panicked",
        Severity.ERROR,
        "A panic ends the process, or the one reconcile where the controller catches it; the object that it was about is not reconciled.",
        advice("look for the function in the project's issues, and report it with these stacks; a newer patch version may have mended it"),
        "",
        "Go runtime/panic.go and runtime/traceback.go; k8s.io/apimachinery pkg/util/runtime (Observed a panic)",
    ),
    Entry(
        LOCK_HELD,
        "Goroutines have waited for a lock for minutes",
        Severity.WARNING,
        "Whoever holds the lock waits for an answer that does not come, or for another lock. Whatever needs the lock "
        "stands still meanwhile.",
        advice("find the holder among the goroutines of the same type, and report it with the dump; a restart of the Pod ends the wait"),
        "",
        "Go runtime/traceback.go: minutes of waiting stand in a goroutine's header",
    ),
    Entry(
        NOT_DROPPED,
        "a profile's own expression of frames to leave out is not applied",
        Severity.INFO,
        "A profile may name, by a regular expression, functions that are not worth showing (drop_frames, keep_frames). This one could take "
        "for ever on some names, so it is not run: its functions are shown and counted, which go tool pprof would leave out. Shares and "
        "causes refer to all of them.",
        advice("go tool pprof applies it, by an engine that cannot take long; or have the profiler write a plain list of names"),
        "",
        "google/pprof profile/prune.go, RemoveUninteresting; kubectl_kcp/pprof/prune.py",
    ),
)

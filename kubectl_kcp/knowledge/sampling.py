"""How often Go's runtime takes a sample, for profiles that do not say it: merged ones from Parca and Pyroscope hold no period."""

from __future__ import annotations

from collections.abc import Mapping

GO_PERIOD: Mapping[str, int] = {"cpu": 10_000_000, "alloc_space": 512 << 10, "inuse_space": 512 << 10}
"""Sample type → nanoseconds of CPU (100 a second: runtime/pprof.StartCPUProfile) or bytes (runtime.MemProfileRate) for a sample."""

COUNTED_BY: Mapping[str, str] = {
    "cpu": "samples",
    "delay": "contentions",
    "alloc_objects": "alloc_space",
    "inuse_objects": "inuse_space",
}
"""Sample type → the one that tells how many samples it rests on, where a profile holds both (runtime/pprof). Itself where it is not
named here."""

COUNTS = ("samples", "contentions", "goroutine", "threadcreate")
"""Sample types that are numbers of samples."""

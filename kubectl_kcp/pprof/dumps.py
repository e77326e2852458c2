"""What a goroutine dump tells beyond its stacks: what each goroutine waits for and how long, and what ended the program."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kubectl_kcp.model.profile import Profile, Sample
from kubectl_kcp.model.profile_report import Halt, Waiting
from kubectl_kcp.pprof.stacks import names_at

STATE, WAIT, LOCKED, MINUTES = "goroutine state", "goroutine wait", "goroutine locked to", "minutes"
"""Keys of the labels that a dump's samples have."""
INSIDE = re.compile(r"^(runtime|sync|internal|syscall|time)[./]|^panic$")
"""Go's own functions, which wait or raise a panic for their caller."""
LOCKS = re.compile(r"^(internal/)?sync\.\((\*Mutex\)\.[lL]ock|\*RWMutex\)\.R?[lL]ock)")
"""Where a goroutine waits for a lock. Its state alone does not tell: sync.WaitGroup.Wait was ``semacquire``, too (runtime/sema.go)."""
RUNNING, PANIC = "running", "panic"
ASKED = ("SIGQUIT", "SIGABRT")
"""Signals that ask a Go program for its stacks."""


def waits(profile: Profile) -> tuple[Waiting, ...]:
    """By what is waited for and where, the largest group first. None in a profile that is no dump."""
    groups: dict[tuple[str, str, bool], tuple[int, int]] = {}
    for sample in profile.samples:
        state = next((x.text for x in sample.labels if x.key == STATE), "")
        if state:
            names = _names(profile, sample)
            minutes = next((x.number for x in sample.labels if x.key == WAIT), 0)
            key = (state, _outside(names), any(LOCKS.match(n) for n in names))
            count, longest = groups.get(key, (0, 0))
            groups[key] = count + sample.values[0], max(longest, minutes)
    made = [Waiting(state, where, lock, n, minutes * 60) for (state, where, lock), (n, minutes) in groups.items()]
    return tuple(sorted(made, key=lambda w: (-w.goroutines, -w.seconds, w.state, w.function)))


def halt(profile: Profile) -> Halt | None:
    """None where nothing ended the program: its stacks were only asked for."""
    dump = any(x.key == STATE for s in profile.samples for x in s.labels)
    words = next(iter(profile.comments), "") if dump else ""
    if not words:
        return None
    running = next((s for s in profile.samples if any(x.key == STATE and x.text.startswith(RUNNING) for x in s.labels)), None)
    names = _names(profile, running) if running else []
    raised = names[names.index(PANIC) + 1 :] if PANIC in names else names
    return Halt(words, _outside(raised), not words.startswith(ASKED))


def _names(profile: Profile, sample: Sample) -> list[str]:
    return [name for i in sample.stack for name in names_at(profile, profile.locations[i])]


def _outside(names: Sequence[str]) -> str:
    """The innermost function that is no part of Go's runtime; the outermost where all are."""
    return next((n for n in names if not INSIDE.match(n)), names[-1] if names else "")

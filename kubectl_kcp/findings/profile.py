"""What is wrong, in one line for each controller, with what was seen and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.profile_entries import KEYS, LOCK_HELD, NOT_DROPPED, PANICKED
from kubectl_kcp.knowledge.causes import CAUSES, CREDENTIAL
from kubectl_kcp.knowledge.kcp_versions import FIX_8602, Caching, behaviour
from kubectl_kcp.model.finding import Evidence, Finding
from kubectl_kcp.model.profile_report import CauseShare, PodProfile, PodReport
from kubectl_kcp.pprof.causes import FEW_SAMPLES
from kubectl_kcp.pprof.keys import made_anew
from kubectl_kcp.pprof.prune import could_take_long
from kubectl_kcp.pprof.sample_types import CPU_TIME

SHARE = 0.25
"""A cause that takes less of a controller's CPU than this does not explain its load."""

MILLICORES = 20.0
"""A controller that uses less has no load to explain: idle ones use up to 5 mCPU in the recordings."""

LOCK_SECONDS = 600
"""The controllers hold a lock while they call a workload cluster, which times out within a minute."""

TITLE = next(c.title for c in CAUSES if c.id == CREDENTIAL)


def verdicts(reports: Sequence[PodReport]) -> tuple[Finding, ...]:
    """The known faults that these profiles show, in their order. A difference has none."""
    makers = (_by_halt, _by_locks, _by_cpu, _by_keys, _by_frames)
    return tuple(f for r in reports if not r.item.compared for make in makers if (f := make(r)) is not None and not undecided(r.item, f))


def undecided(item: PodProfile, finding: Finding) -> bool:
    """What a store has may be of any version that ran in that time: where it is not known, the stacks alone decide nothing."""
    known = item.controller is not None and item.controller.version is not None
    return item.stored is not None and not known and finding.code == KEYS


def _by_halt(report: PodReport) -> Finding | None:
    halt = report.halt
    if halt is None or not halt.fault:
        return None
    return found(PANICKED, report.item.subject, f"{halt.words}{f', in {halt.function}' if halt.function else ''}")


def _by_locks(report: PodReport) -> Finding | None:
    long = [w for w in report.waits if w.lock and w.seconds >= LOCK_SECONDS]
    if not long:
        return None
    count = sum(w.goroutines for w in long)
    seen = f"{count} goroutine{' has' if count == 1 else 's have'} waited for a lock, up to {max(w.seconds for w in long) // 60} minutes"
    evidence = [Evidence(f"{w.goroutines} in {w.function}, {w.seconds // 60} minutes ({w.state})") for w in long]
    return found(LOCK_HELD, report.item.subject, seen, evidence=evidence)


def _by_cpu(report: PodReport) -> Finding | None:
    """Issue 8602 in a CPU profile. Where the version has a cache, the same stacks mean that it is being filled."""
    cause = next((c for c in report.causes if c.id == CREDENTIAL), None)
    if cause is None or report.type != CPU_TIME or report.making_keys < SHARE or not _is_load(report) or _caches(report):
        return None
    load = f" ({cause.share * report.millicores:.0f}m of {report.millicores:.0f}m)" if report.millicores is not None else ""
    title = f"{TITLE} takes {cause.share:.1%} of its CPU{load}: issue 8602, {_fixed(report)}"
    return _finding(report, title, _seen(report, cause))


def _is_load(report: PodReport) -> bool:
    """Profiles that a store merged have no window. An idle controller's many samples show no key: it makes one a day at most."""
    if report.millicores is not None:
        return report.millicores >= MILLICORES
    return not report.item.profile.seconds and (report.samples or 0) >= FEW_SAMPLES


def _by_keys(report: PodReport) -> Finding | None:
    """Issue 8602 in what was allocated since the start: shows on an idle controller, too."""
    keys = report.keys
    if keys is None or report.type.type != "alloc_space" or not made_anew(keys) or _caches(report):
        return None
    at = keys.context
    count = f"about {keys.keys:.0f}" if keys.keys is not None else f"{keys.low:.0f} to {keys.high:.0f}"
    reconciles = f" in {at.reconciles} reconciles" if at.reconciles is not None else ""
    title = f"{TITLE} made {count} keys for {at.clusters} clusters{reconciles}: issue 8602, {_fixed(report)}"
    return _finding(report, title, f"a cache would have made about {at.clusters}")


def _by_frames(report: PodReport) -> Finding | None:
    profile = report.item.profile
    named = {"drop_frames": profile.drop_frames, "keep_frames": profile.keep_frames if profile.drop_frames else ""}
    left = [name for name, text in named.items() if could_take_long(text)]
    if not left:
        return None
    seen = (
        f"its {' and '.join(left)} could take for ever to match, and {'is' if len(left) == 1 else 'are'} not applied: nothing is left out"
    )
    return found(NOT_DROPPED, report.item.subject, seen)


def _finding(report: PodReport, seen: str, evidence: str) -> Finding:
    version = report.item.controller.version if report.item.controller is not None else None
    known = behaviour(version)
    meaning = f"{version} {known.what}" if known is not None else ""
    return found(KEYS, report.item.subject, seen, evidence=(Evidence(evidence),), meaning=meaning)


def _caches(report: PodReport) -> bool:
    """Whether this version is known to keep the key. An unknown version is judged by what it does."""
    known = behaviour(report.item.controller.version if report.item.controller is not None else None)
    return known is not None and known.caching is not Caching.NOTHING


def _fixed(report: PodReport) -> str:
    known = report.item.controller is not None and report.item.controller.version is not None
    return f"fixed in {FIX_8602}" if known else f"fixed in {FIX_8602} (this one's version is not known)"


def _seen(report: PodReport, cause: CauseShare) -> str:
    few = " (few: the share is rough)" if (cause.samples or 0) < FEW_SAMPLES else ""
    window = f" in {report.item.profile.seconds:.0f} s" if report.item.profile.seconds else ""
    return f"{cause.samples} of {report.samples} samples{few}{window} lie under generateClientCert"

"""What a controller's figures say of it: throttled, saturated, late, hanging, failing, restarted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from kubectl_kcp.advice import Advice, advice, command
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.flags import with_flags
from kubectl_kcp.findings.usage_entries import (
    CLIENT_THROTTLED,
    POD_RESTARTED,
    PROCESS_RESTARTED,
    QUEUE_GROWING,
    RECONCILE_HANGS,
    RECONCILES_FAILING,
    RECONCILES_LATE,
    WORKERS_SATURATED,
)
from kubectl_kcp.knowledge import lateness
from kubectl_kcp.knowledge.concurrency import FLAGS, LEAST
from kubectl_kcp.knowledge.providers import CAPI_PROVIDERS
from kubectl_kcp.knowledge.throttling import BURST, QPS, defaults
from kubectl_kcp.logs.throttling import limits
from kubectl_kcp.model.finding import Evidence, Finding, FindingKey, Severity
from kubectl_kcp.model.metrics import PodUsage, ReconcilerUsage
from kubectl_kcp.model.profile_report import Running
from kubectl_kcp.model.reference import ObjectRef, Ref
from kubectl_kcp.model.throttling import Throttling

PLACES = 3
"""Places in the code that are told of one Pod's reconciles."""
Seen = dict[str, str]
"""Reconciler → what was seen of it."""


def usage_findings(items: Iterable[PodUsage], running: Mapping[Ref, tuple[Running, ...]] | None = None) -> tuple[Finding, ...]:
    """In the order of the Pods; of each, causes before what follows from them. ``running`` is where reconciles are, by Pod."""
    return tuple(f for u in items for f in _of_pod(u, (running or {}).get(u.pod.ref, ())))


def _of_pod(u: PodUsage, running: Sequence[Running]) -> Iterator[Finding]:
    pod = ObjectRef("Pod", u.pod.ref)
    throttled = _throttled(u, pod)
    yield from throttled
    busy, growing = _each(u, _busy), _each(u, _growing)
    if busy:
        yield found(WORKERS_SATURATED, pod, _said(busy), action=_more_workers(u, busy), because=throttled[0].key if throttled else None)
    saturated = FindingKey(WORKERS_SATURATED, pod)
    if growing:
        yield found(QUEUE_GROWING, pod, _said(growing), because=saturated if growing.keys() <= busy.keys() else None)
    yield from _late(u, pod, busy)
    if hanging := _hang(u):
        yield found(RECONCILE_HANGS, pod, _said(hanging), evidence=[_where(r, pod) for r in _of(hanging, running)[:PLACES]])
    if failing := _each(u, lambda r: _failing(r, u.window or 0)):
        yield found(RECONCILES_FAILING, pod, _said(failing), objects=(ObjectRef("Deployment", u.controller.ref),))
    restarts = u.pod.restarts or 0
    if restarts > lateness.RESTARTED.value:
        ended = [Evidence(f"ended with {u.pod.ended}", f"{pod}, lastState", u.pod.ended_at)] if u.pod.ended else []
        yield found(POD_RESTARTED, pod, f"restarted {restarts} time{'' if restarts == 1 else 's'}", evidence=ended)
    if u.restarted:
        yield found(PROCESS_RESTARTED, pod, "started anew in the window: its rates are not known")


def _each(u: PodUsage, words: Callable[[ReconcilerUsage], str]) -> Seen:
    return {r.name: text for r in u.reconcilers if (text := words(r))}


def _said(seen: Seen) -> str:
    return ", ".join(f"{name}: {text}" for name, text in seen.items())


def _throttled(u: PodUsage, pod: ObjectRef) -> list[Finding]:
    """One for the Pod, with a line of evidence for each API server whose client waited."""
    longest = max((t.longest for t in u.throttling or ()), default=0.0)
    if u.throttling is None or longest <= lateness.THROTTLED.value:
        return []
    seen = f"its client made requests wait, up to {longest:.1f} s, by its own limit; in force: {_in_force(u)}"
    since = min((t.since for t in u.throttling if t.since is not None), default=None)
    return [found(CLIENT_THROTTLED, pod, seen, evidence=[_line(t, pod) for t in u.throttling], since=since, action=_faster(u))]


def _faster(u: PodUsage) -> Advice | None:
    """Twice what is in force, and the default at least. None where the requests may have been a workload cluster's, whose client has flags
    of its own: not so where one was for a kind of Cluster API, or where somebody has set these flags below their default."""
    given, known = limits(u.controller.flags), defaults(u.controller.version, u.controller.provider)
    if known is None:
        return None
    qps, burst = (known.qps if given.qps is None else given.qps), (known.burst if given.burst is None else given.burst)
    low = qps < known.qps or burst < known.burst
    others = [t.host for t in u.throttling or () if not t.management]
    if others and not low and len(others) == len(u.throttling or ()):
        return None
    patch = with_flags(u.controller, {QPS: f"{max(known.qps, 2 * qps):g}", BURST: str(max(known.burst, 2 * burst))})
    more = f"; where {' or '.join(filter(None, others))} is a workload cluster's, raise --clustercache-client-qps, too" if others else ""
    return advice("let it ask more often: ", patch, more) if patch is not None else None


def _more_workers(u: PodUsage, busy: Seen) -> Advice | None:
    """Twice as many. None where a reconciler among them has no flag that is known."""
    if u.controller.provider not in CAPI_PROVIDERS or not busy.keys() <= FLAGS.keys():
        return None
    wanted = {FLAGS[r.name]: str(max(LEAST, 2 * int(r.max_workers or 0))) for r in u.reconcilers if r.name in busy}
    patch = with_flags(u.controller, wanted)
    return advice("give it more workers: ", patch, "; or see what makes it slow: ", command("profile")) if patch is not None else None


def _line(t: Throttling, pod: ObjectRef) -> Evidence:
    lines = f"{t.count} line{'' if t.count == 1 else 's'} of client-side throttling in the window"
    where = f" by the client of {t.host}" if t.host else ""
    return Evidence(f"{lines}{where}, longest wait {t.longest:.1f} s ({t.request})", f"log of {pod}", t.since)


def _in_force(u: PodUsage) -> str:
    """``--kube-api-qps=1 --kube-api-burst=200 (default)``."""
    given = limits(u.pod.flags or u.controller.flags)
    known = defaults(u.controller.version, u.controller.provider)
    return f"{_flag(QPS, given.qps, known.qps if known else None)} {_flag(BURST, given.burst, known.burst if known else None)}"


def _flag(name: str, given: float | None, default: int | None) -> str:
    if given is not None:
        return f"--{name}={given:g}"
    return f"--{name}=? (its default is not known)" if default is None else f"--{name}={default} (default)"


def _busy(r: ReconcilerUsage) -> str:
    if not r.max_workers or (r.active_workers or 0) / r.max_workers < lateness.BUSY.value or not r.queue_depth:
        return ""
    return f"{r.active_workers or 0:.0f} of {r.max_workers:.0f} workers busy, {r.queue_depth:.0f} waiting"


def _growing(r: ReconcilerUsage) -> str:
    grown = r.queue_growth or 0
    return f"{grown:.0f} more wait than at the start of the window, {r.queue_depth or 0:.0f} in all" if grown > lateness.GROWN.value else ""


def _late(u: PodUsage, pod: ObjectRef, busy: Seen) -> Iterator[Finding]:
    """An item of low priority may wait as long as it likes: where such ones are about, nothing is decided."""
    late = _each(u, _waiting)
    low = {r.name: r.queue_low for r in u.reconcilers if r.queue_low and r.name in late}
    sure = {name: text for name, text in late.items() if name not in low}
    if sure:
        because = FindingKey(WORKERS_SATURATED, pod) if sure.keys() <= busy.keys() else None
        yield found(RECONCILES_LATE, pod, _said(sure), because=because)
    elif late:
        undecided = {name: f"{text} ({low[name]:.0f} of low priority wait, too: not decided)" for name, text in late.items()}
        yield found(RECONCILES_LATE, pod, _said(undecided), severity=Severity.INFO)


def _waiting(r: ReconcilerUsage) -> str:
    wait = r.queue_wait
    if wait is None or wait.p99 is None or wait.count < lateness.ENOUGH or wait.p99 <= lateness.LATE.value:
        return ""
    return f"1 % wait over {wait.p99:.0f} s in the queue"


def _hang(u: PodUsage) -> Seen:
    limit = lateness.hanging(u.controller.provider).value
    longest = {r.name: r.longest for r in u.reconcilers if r.longest is not None}
    return {name: f"one reconcile has been running for {seconds:.0f} s" for name, seconds in longest.items() if seconds > limit}


def hangs(u: PodUsage) -> bool:
    """Whether one of its reconciles hangs, so that it is worth asking where."""
    return bool(_hang(u))


def _of(hanging: Seen, running: Sequence[Running]) -> list[Running]:
    """Of the reconcilers that hang: metrics name ``kubeadmcontrolplane`` what Go calls KubeadmControlPlaneReconciler. Where names do not
    fit together, of all."""
    fitting = [r for r in running if any(r.reconciler.lower().startswith(name.partition("/")[0]) for name in hanging)]
    return fitting or list(running)


def _where(r: Running, pod: ObjectRef) -> Evidence:
    within = f", within {r.leaf}" if r.leaf != r.function else ""
    return Evidence(
        f"{r.goroutines} goroutine{'' if r.goroutines == 1 else 's'} of {r.reconciler} in {r.function}{within}", f"goroutines of {pod}"
    )


def _failing(r: ReconcilerUsage, window: float) -> str:
    rate, errors = r.rate or 0.0, (r.results or {}).get("error", 0.0)
    if round(errors * window) < lateness.FAILURES:
        return ""
    return f"{errors:.1f} of {rate:.1f} reconciles/s fail" if rate > lateness.BUSY_RATE and errors > rate * lateness.FAILING.value else ""

"""Everything that ``doctor`` judges, in one gathering. Each part fails alone, with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kcp.advice import advice
from kubectl_kcp.errors import FailureKind, KcpError
from kubectl_kcp.findings.usage import hangs
from kubectl_kcp.gather.cache import gather_cache
from kubectl_kcp.gather.certs import Certificates, gather_certificates
from kubectl_kcp.gather.inventory import gather_controllers
from kubectl_kcp.gather.kubeconfigs import Known
from kubectl_kcp.gather.profile import gather_profiles
from kubectl_kcp.gather.short_logs import too_short
from kubectl_kcp.gather.top import gather_usage
from kubectl_kcp.knowledge.estate import KINDS, Kind
from kubectl_kcp.knowledge.reconciles import LOOK_BACK
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.logs.reconciles import failing
from kubectl_kcp.machine.later import Later
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.failing import Failing
from kubectl_kcp.model.growth import Growth
from kubectl_kcp.model.history import History
from kubectl_kcp.model.metrics import Usage
from kubectl_kcp.model.profile_report import PodReport, Running
from kubectl_kcp.model.reference import Failure, Ref, Scope, Subject
from kubectl_kcp.model.version import Version
from kubectl_kcp.model.webhook import Shown
from kubectl_kcp.pprof.analysis import analysed
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.pprof.running import running
from kubectl_kcp.sources.interface import ProfileKind, Question, Source, by_server, needs_live
from kubectl_kcp.sources.once import OnceSource

T = TypeVar("T")
NO_SERVERS = "a bundle holds no server to try"


class Wanted(Struct, frozen=True):
    """``window`` in seconds lies between the two looks that rates come from. ``within`` is what counts as ending soon. ``history`` asks
    a store of metrics for the time up to now; None where none is to be asked. Without ``profiles`` controllers are not
    profiled. With ``verify`` each etcd, API server and webhook is tried: a live source's alone. ``baseline`` is an earlier look, to
    tell what has grown since."""

    scope: Scope
    window: float
    within: timedelta | None
    history: Callable[[datetime], History] | None = None
    profiles: bool = True
    verify: bool = False
    baseline: Source | None = None


def gather_estate(source: Source, wanted: Wanted, progress: Progress | None = None) -> Estate:
    """Raises NotFound for a CLUSTER that does not exist, Unreachable where nothing at all can be had."""
    once = OnceSource(source)
    failures: list[Failure] = []
    once.expect(_question(kind, wanted.scope) for kind in KINDS)
    certificates = gather_certificates(once, wanted.scope, wanted.within)
    if wanted.verify:
        from kubectl_kcp.gather.verify import Serving, verify

        certificates = verify(needs_live(source, NO_SERVERS), certificates, Serving(wanted.within), progress)
    failures += certificates.failures
    controllers = gather_controllers(once)
    failures += controllers.failures
    profiles = _meanwhile(source, lambda: _profiles(once, wanted.window, failures) if wanted.profiles else [])
    usage = _part(failures, "figures", lambda: gather_usage(once, wanted.window, (), progress))
    places = _running(source, [u.pod for u in usage.items if hangs(u)] if usage else [], failures)
    cache = _part(
        failures, "connections", lambda: gather_cache(once, wanted.scope, progress=progress, kubeconfigs=_kubeconfigs(certificates))
    )
    failures += usage.failures if usage else ()
    failures += cache.failures if cache else ()
    profiled = profiles()
    growth = _growth(once, usage, wanted, failures)
    history = _history(wanted, source.now(), controllers.items, failures)
    objects = _objects(once, wanted.scope, failures)
    webhooks = _webhooks(source, objects, failures, progress) if wanted.verify else ()
    return Estate(
        name=source.name,
        now=by_server(source, source.now()),
        scope=wanted.scope,
        controllers=controllers.items,
        clusters=certificates.items,
        orphans=certificates.orphans,
        usage=usage,
        cache=cache,
        profiles=tuple(profiled),
        objects=objects,
        failing=_failing(once, controllers.items, failures),
        running=places,
        failures=tuple(dict.fromkeys(f for f in failures if f.kind is not FailureKind.NOT_SERVED)),
        secrets_read=_secrets_read(certificates),
        kubernetes=Version.parse(source.server_version()),
        skew=source.skew,
        origin=source.origin.name,
        history=history,
        webhooks=webhooks,
        growth=growth,
    )


def _webhooks(
    source: Source, objects: dict[Resource, tuple[Object, ...]], failures: list[Failure], progress: Progress | None
) -> tuple[Shown, ...]:
    from kubectl_kcp.gather.webhooks import shown_by_webhooks

    found, unseen = shown_by_webhooks(needs_live(source, NO_SERVERS), objects, progress)
    failures += unseen
    return found


def _growth(source: Source, usage: Usage | None, wanted: Wanted, failures: list[Failure]) -> tuple[Growth, ...]:
    earlier = wanted.baseline
    if earlier is None or usage is None:
        return ()
    from kubectl_kcp.gather.growth import gather_growth

    return _part(failures, "growth", lambda: gather_growth(source, usage, earlier, wanted.scope, failures)) or ()


def _part(failures: list[Failure], what: str, look: Callable[[], T]) -> T | None:
    """A part that cannot be had leaves the others."""
    try:
        return look()
    except KcpError as e:
        failures.append(Failure.of(Subject("controllers", part=what), e))
    return None


def _history(wanted: Wanted, now: datetime, controllers: Sequence[Controller], failures: list[Failure]) -> History | None:
    """Of these controllers' Pods alone: a store may hold other management clusters'."""
    ask = wanted.history
    found = _part(failures, "history", lambda: ask(now)) if ask is not None else None
    if found is None:
        return None
    pods = {p.ref for c in controllers for p in c.pods}
    mine = tuple(p for p in found.items if p.target.ref in pods)
    if not mine:
        words = "none of its Pods is one of this management cluster's"
        failures.append(Failure(Subject(found.store), FailureKind.UNDECIDED, words, advice("--match says which series are")))
    failures += found.failures
    return replace(found, items=mine, outages=tuple(o for o in found.outages if o.target.ref in pods))


def _meanwhile(source: Source, work: Callable[[], T]) -> Callable[[], T]:
    """Live, a profile's window passes while the figures wait for theirs. A bundle is read in sequence."""
    return Later(work).result if source.live else work


def _profiles(source: Source, window: float, failures: list[Failure]) -> list[PodReport]:
    """CPU of all controllers, and what KCP allocated since its start."""
    asked = ((ProfileKind.CPU, window, ()), (ProfileKind.ALLOCS, 0.0, ("kcp",)))
    found: list[PodReport] = []
    for kind, seconds, only in asked:
        made = _part(failures, f"{kind.value} profiles", partial(gather_profiles, source, kind, seconds, only))
        found += [a.report for a in analysed(made.items)] if made else []
        failures += made.failures if made else ()
    return found


def _running(source: Source, pods: Sequence[Pod], failures: list[Failure]) -> dict[Ref, tuple[Running, ...]]:
    found: dict[Ref, tuple[Running, ...]] = {}
    for outcome in source.profiles(pods, ProfileKind.GOROUTINE, 0.0, decode) if pods else ():
        if isinstance(outcome, Failure):
            failures.append(outcome)
        else:
            found[outcome.pod.ref] = running(outcome.value)
    return found


def _question(kind: Kind, scope: Scope) -> Question:
    return Question(kind.resource, scope.namespace if kind.of_clusters else None, kind.selector)


def _objects(source: Source, scope: Scope, failures: list[Failure]) -> dict[Resource, tuple[Object, ...]]:
    """A kind whose list failed, even in part, or that a bundle does not hold is left out: half of it would give false alarms.
    What an API server does not know, such as cert-manager's kinds where there is none, has been looked at: there are none."""
    found: dict[Resource, tuple[Object, ...]] = {}
    for kind in KINDS:
        asked = _question(kind, scope)
        listing = source.objects(asked.resource, asked.namespace, asked.selector)
        failures += listing.failures
        if not listing.failures and (listing.held or source.live):
            found[kind.resource] = listing.items
    return found


def _failing(source: Source, controllers: Sequence[Controller], failures: list[Failure]) -> dict[Ref, tuple[Failing, ...]]:
    """By the log of each controller's leader, or of its first Pod where nobody leads."""
    found: dict[Ref, tuple[Failing, ...]] = {}
    since = source.now() - LOOK_BACK
    for controller in controllers:
        pod = next((p for p in controller.pods if p.leader), controller.pods[0] if controller.pods else None)
        if pod is None:
            continue
        try:
            found[controller.ref] = tuple(failing(source.log(pod, since), source.now()))
            unseen = too_short(source, pod, since, "reconciles that failed")
            failures += [unseen] if unseen is not None else []
        except KcpError as e:
            failures.append(Failure.of(Subject.of("Pod", pod.ref, "log"), e))
    return found


def _kubeconfigs(certificates: Certificates) -> Known:
    """Of the controllers to which an old one does harm: the others' logs would tell nothing that is wrong."""
    unread = {i.cluster.ref: "Secrets could not be read" for i in certificates.items if not i.secrets_known}
    return Known({i.cluster.ref: i.secrets for i in certificates.items}, unread)


def _secrets_read(certificates: Certificates) -> bool:
    return all(item.secrets_known for item in certificates.items)

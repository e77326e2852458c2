"""What each controller's ClusterCache holds, and KCP's credentials beside it, through a Source."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kcp.errors import KcpError
from kubectl_kcp.gather.certs import gather_credentials
from kubectl_kcp.gather.credentials import EtcdSecrets, judge_credentials
from kubectl_kcp.gather.inventory import gather_clusters, gather_controllers, no_pod
from kubectl_kcp.gather.kubeconfigs import Known, with_kubeconfigs
from kubectl_kcp.inventory.references import ref
from kubectl_kcp.knowledge.metric_names import wanted
from kubectl_kcp.knowledge.providers import CAPI_PROVIDERS
from kubectl_kcp.knowledge.resources import CLUSTERS
from kubectl_kcp.logs.connections import Change, changes
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.metrics.cluster_cache import QUANTITIES, connections, dated
from kubectl_kcp.metrics.read import read_page
from kubectl_kcp.model.cluster_cache import CacheReport, ClusterConnections, Connection, ConnectionState
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.history import History
from kubectl_kcp.model.reference import Failure, Ref, Scope, Subject
from kubectl_kcp.sources.interface import Moment, Source

WITHOUT_SECRETS = "not read, as --with-secrets was not given"
IN_TROUBLE = (ConnectionState.DOWN, ConnectionState.PROBE_FAILED)


class _Held(Struct, frozen=True):
    """One controller's connections; None for what it does not expose. ``problem``: its page could not be read. ``logged`` is what its log
    tells in the page's place, where it was asked."""

    controller: Controller
    by_cluster: dict[Ref, Connection] | None
    problem: bool = False
    logged: Mapping[Ref, Change] = {}

    def to(self, ref: Ref) -> Connection:
        if self.by_cluster is not None and ref in self.by_cluster:
            return self.by_cluster[ref]
        absent = ConnectionState.NOT_EXPOSED if self.by_cluster is None else ConnectionState.NONE
        state, told = ConnectionState.UNREADABLE if self.problem else absent, self.logged.get(ref)
        if told is None or told.up:
            return Connection(self.controller, state)
        return Connection(self.controller, state, since=told.since, error=told.error)


def gather_cache(
    source: Source, scope: Scope, with_secrets: bool = False, progress: Progress | None = None, kubeconfigs: Known | None = None
) -> CacheReport:
    """Secrets are read only ``with_secrets``; ``kubeconfigs`` are those that are at hand already. Raises NotFound for a CLUSTER that does
    not exist."""
    clusters = gather_clusters(source, scope)
    found = gather_controllers(source)
    controllers = sorted(found.items, key=_order)
    failures = [*clusters.failures, *found.failures]
    held = _held(source, controllers, failures, progress)
    if any(c.probe is not None and c.probe.status == "False" for c in clusters.items):
        held = [_by_its_log(source, h, failures) for h in held]
    if with_secrets:
        credentials, secrets, problems = gather_credentials(source, clusters.items, controllers, scope)
        known_secrets = Known(secrets.by_cluster, secrets.problems, every=True)
    else:
        known_secrets = Known(problems={c.ref: WITHOUT_SECRETS for c in clusters.items})
        unread = EtcdSecrets(problems={c.ref: WITHOUT_SECRETS for c in clusters.items})
        credentials, told = judge_credentials(source, clusters.items, controllers, unread, source.now())
        problems = tuple(told)
    failures += problems
    known = {c.ref: c for c in clusters.items}
    refs = sorted({*known, *(_leftovers(source, held, known) if _everything(scope) and not clusters.failures else ())})
    items = [ClusterConnections(r, known.get(r), tuple(h.to(r) for h in held), credentials.get(r)) for r in refs]
    report = CacheReport(tuple(items), tuple(controllers), source.now(), with_secrets, tuple(failures))
    return with_kubeconfigs(source, report, kubeconfigs or known_secrets)


def with_history(report: CacheReport, ask: Callable[[datetime], History]) -> CacheReport:
    """A store that does not answer leaves the report as it is, but for the reason."""
    try:
        return dated(report, ask(report.now))
    except KcpError as e:
        return replace(report, failures=(*report.failures, Failure.of(Subject("controllers", part="history"), e)))


def _order(controller: Controller) -> tuple[int, str, str]:
    """Cluster API's own first."""
    own = CAPI_PROVIDERS.index(controller.provider) if controller.provider in CAPI_PROVIDERS else len(CAPI_PROVIDERS)
    return own, controller.provider, controller.namespace


def _everything(scope: Scope) -> bool:
    return scope.namespace is None and not scope.selector and not scope.names


def _leftovers(source: Source, held: Iterable[_Held], known: Collection[Ref]) -> set[Ref]:
    """What is held of Clusters that are gone. They are looked for once more: one may have been made since ``known`` were listed."""
    unknown = {held_of for h in held for held_of in h.by_cluster or {}}.difference(known)
    for namespace in {r.namespace for r in unknown}:
        listing = source.objects(CLUSTERS, namespace)
        here = {ref(o) for o in listing.items}
        unknown = {r for r in unknown if r.namespace != namespace or not (listing.failures or r in here)}
    return unknown


def _held(source: Source, controllers: Sequence[Controller], failures: list[Failure], progress: Progress | None) -> list[_Held]:
    """One page of each controller: of the leader, for a standby connects to nothing."""
    chosen = {c.ref: _holder(c) for c in controllers}
    owners = {pod.ref: c for c in controllers for pod in [chosen[c.ref]] if pod is not None}
    failures += [no_pod(c) for c in controllers if chosen[c.ref] is None]
    found: dict[Ref, dict[Ref, Connection] | None] = {}
    pods = [pod for pod in chosen.values() if pod is not None]
    for outcome in source.metrics(pods, Moment.AFTER, partial(read_page, wanted=wanted(*QUANTITIES)), progress):
        if isinstance(outcome, Failure):
            failures.append(outcome)
            continue
        controller = owners[outcome.pod.ref]
        made = connections(controller, outcome.pod, outcome.value)
        found[controller.ref] = made if made is None else _dated(source, outcome.pod, made, failures)
    return [_Held(c, found.get(c.ref), problem=c.ref not in found) for c in controllers]


def _by_its_log(source: Source, held: _Held, failures: list[Failure]) -> _Held:
    """A Cluster's own condition says that it is not reached: why, where no page tells of it."""
    pod = _holder(held.controller)
    if held.by_cluster is not None or pod is None or held.controller.provider not in CAPI_PROVIDERS:
        return held
    try:
        return replace(held, logged=changes(source.log(pod), source.now()))
    except KcpError as e:
        failures.append(Failure.of(Subject.of("Pod", pod.ref, "log"), e))
        return held


def _holder(controller: Controller) -> Pod | None:
    return next((p for p in controller.pods if p.leader), controller.pods[0] if controller.pods else None)


def _dated(source: Source, pod: Pod, found: dict[Ref, Connection], failures: list[Failure]) -> dict[Ref, Connection]:
    """Since when, and why: the log is read only where a connection is in trouble."""
    if not any(c.state in IN_TROUBLE for c in found.values()):
        return found
    try:
        told = changes(source.log(pod), source.now())
    except KcpError as e:
        failures.append(Failure.of(Subject.of("Pod", pod.ref, "log"), e))
        return found
    return {
        ref: replace(c, since=told[ref].since, error=told[ref].error)
        if ref in told and told[ref].up == (c.state is not ConnectionState.DOWN)
        else c
        for ref, c in found.items()
    }

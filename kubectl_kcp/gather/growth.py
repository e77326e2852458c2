"""Two looks at the same processes: what grew, and where by both profiles."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kcp.errors import FailureKind, NotFound
from kubectl_kcp.findings.growth import grew, same_process
from kubectl_kcp.gather.top import gather_usage
from kubectl_kcp.knowledge.resources import CLUSTERS
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.growth import GrownPart, Growth
from kubectl_kcp.model.metrics import Usage
from kubectl_kcp.model.profile import Profile
from kubectl_kcp.model.reference import Failure, Scope, Subject
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.pprof.grown import grown
from kubectl_kcp.sources.interface import ProfileKind, Source

PROFILES = {"memory": (ProfileKind.HEAP, "inuse_space"), "goroutines": (ProfileKind.GOROUTINE, "goroutine")}
NONE_OF_IT = "nothing can be compared: it holds none of the processes that run now (restarted since, or of another management cluster)"


def gather_growth(source: Source, usage: Usage, earlier: Source, scope: Scope, failures: list[Failure]) -> tuple[Growth, ...]:
    """Profiles are read of processes that grew alone. One that is not there leaves the figures."""
    then = {u.pod.ref: u for u in gather_usage(earlier, 0.0).items}
    pairs = [(then[u.pod.ref], u) for u in usage.items if u.pod.ref in then and same_process(then[u.pod.ref], u)]
    if not pairs and usage.items:
        failures.append(Failure(Subject(earlier.name), FailureKind.UNDECIDED, NONE_OF_IT))
    apart = (source.now() - earlier.now()).total_seconds()
    clusters = _clusters(earlier, scope), _clusters(source, scope)
    made = []
    for before, after in pairs:
        found = Growth(before, after, apart, earlier.name, clusters)
        for key in grew(before, after):
            parts = _parts(source, earlier, (before.pod, after.pod), key, failures)
            found = replace(found, heap=parts) if key == "memory" else replace(found, goroutines=parts)
        made.append(found)
    return tuple(made)


def _clusters(source: Source, scope: Scope) -> int | None:
    listing = source.objects(CLUSTERS, scope.namespace)
    return len(listing.items) if not listing.failures and (listing.held or source.live) else None


def _parts(source: Source, earlier: Source, pods: tuple[Pod, Pod], key: str, failures: list[Failure]) -> tuple[GrownPart, ...]:
    kind, sample_type = PROFILES[key]
    before, after = _profile(earlier, pods[0], kind, failures), _profile(source, pods[1], kind, failures)
    if before is None or after is None:
        return ()
    try:
        return grown(after, before, sample_type)
    except NotFound as e:
        failures.append(Failure.of(Subject.of("Pod", pods[1].ref, f"{kind.value} profile"), e))
        return ()


def _profile(source: Source, pod: Pod, kind: ProfileKind, failures: list[Failure]) -> Profile | None:
    for outcome in source.profiles([pod], kind, 0.0, decode):
        if not isinstance(outcome, Failure):
            return outcome.value
        failures.append(outcome)
    return None

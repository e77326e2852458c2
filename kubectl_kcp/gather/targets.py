"""Which series of a store are the controllers': found out by asking, by Cluster API's own labels first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field

from kubectl_kcp.errors import NotFound, UsageError
from kubectl_kcp.knowledge.figures import CONCURRENCY, JOB, NAMESPACE_LABELS, POD_LABELS, PROVIDER_LABELS, PROVIDERS, STARTED
from kubectl_kcp.knowledge.local import RECONCILERS, provider_of_reconcilers
from kubectl_kcp.knowledge.providers import means
from kubectl_kcp.metrics.promql import one_of, quoted, selector
from kubectl_kcp.model.history import Target
from kubectl_kcp.sources.prometheus import Prometheus

ROLES = {"pod": POD_LABELS, "namespace": NAMESPACE_LABELS, "provider": PROVIDER_LABELS}
"""What a label can tell → the labels that usually do."""
HASHES = 2
"""Parts of a Pod's name after its Deployment's: of the ReplicaSet, of the Pod."""


class Match(Struct, frozen=True):
    """``matchers`` choose series (``job="x"``), as PromQL has them; ``labels`` say which label tells what (``pod`` → ``pod_name``)."""

    matchers: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


class Targets(Struct, frozen=True):
    """``matchers`` choose exactly these targets' series; ``by`` are the labels that tell them apart: namespace and Pod."""

    items: tuple[Target, ...]
    matchers: str
    by: tuple[str, ...]

    def of(self, labels: Mapping[str, str]) -> Target | None:
        """Whose a series is that was grouped by ``by``."""
        wanted = tuple(labels.get(name, "") for name in self.by)
        return next((t for t in self.items if tuple(dict(t.labels).get(name, "") for name in self.by) == wanted), None)


def find_targets(store: Prometheus, match: Match, only: Sequence[str], start: datetime, end: datetime) -> Targets:
    """``only`` names controllers, as ``--controller`` does. Raises NotFound where the store has no controller's series, UsageError where
    two of a name cannot be told apart."""
    matchers, found = _search(store, match, start, end)
    if not found:
        raise _nothing(store, match, start, end)
    roles = roles_of(found, match)
    reconcilers = _reconcilers(store, matchers, roles, start, end) if not roles["provider"] else {}
    items = tuple(target_of(labels, roles, reconcilers.get(labels.get(roles["pod"], ""), ())) for labels in found)
    by = tuple(name for name in (roles["namespace"], roles["pod"]) if name)
    if not by:
        raise NotFound(f"{store.name}: no label of {STARTED} tells Pods apart", f"--match pod=LABEL names it; there are: {_names(found)}")
    chosen = chosen_of(items, only, store.name)
    _check_apart(chosen)
    narrow = [] if len(chosen) == len(found) and matchers else [f"{by[-1]}=~{quoted(one_of(dict(t.labels)[by[-1]] for t in chosen))}"]
    return Targets(chosen, ",".join([*matchers, *narrow]), by)


def _search(store: Prometheus, match: Match, start: datetime, end: datetime) -> tuple[list[str], list[dict[str, str]]]:
    """The matchers that led to something, and the labels of each process."""
    for matchers in candidates(match):
        if found := store.series([selector(STARTED, *matchers)], start, end):
            return matchers, [_without_name(s) for s in found]
    if match.matchers:
        return [], []
    ours = selector(CONCURRENCY, f"controller=~{quoted(one_of(RECONCILERS))}")
    addresses = sorted({s["instance"] for s in store.series([ours], start, end) if "instance" in s})
    if not addresses:
        return [], []
    matchers = [f"instance=~{quoted(one_of(addresses))}"]
    return matchers, [_without_name(s) for s in store.series([selector(STARTED, *matchers)], start, end)]


def _without_name(series: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in series.items() if k != "__name__"}


def candidates(match: Match) -> list[list[str]]:
    """Matchers to try, one set after another: the user's alone, or those that mark Cluster API's controllers."""
    return [list(match.matchers)] if match.matchers else [[JOB], *([f"{label}{PROVIDERS}"] for label in PROVIDER_LABELS)]


def roles_of(found: Sequence[Mapping[str, str]], match: Match) -> dict[str, str]:
    """Which label tells what; "" where none does."""
    return {role: match.labels.get(role) or _first(labels, found) for role, labels in ROLES.items()}


def _first(labels: Iterable[str], found: Sequence[Mapping[str, str]]) -> str:
    return next((name for name in labels if all(name in series for series in found)), "")


def chosen_of(items: Sequence[Target], only: Sequence[str], store: str) -> tuple[Target, ...]:
    """Those that ``--controller`` names. Raises NotFound."""
    chosen = tuple(t for t in items if not only or any(_called(name, t) for name in only))
    if not chosen:
        known = ", ".join(sorted({t.provider or t.pod for t in items}))
        raise NotFound(f"no controller {', '.join(only)} in {store}", f"there are: {known}")
    return chosen


def _reconcilers(
    store: Prometheus, matchers: Sequence[str], roles: Mapping[str, str], start: datetime, end: datetime
) -> dict[str, set[str]]:
    """By Pod, for stores that do not tell providers."""
    found: dict[str, set[str]] = {}
    for series in store.series([selector(CONCURRENCY, *matchers)], start, end):
        found.setdefault(series.get(roles["pod"], ""), set()).add(series.get("controller", ""))
    return found


def target_of(labels: Mapping[str, str], roles: Mapping[str, str], reconcilers: Iterable[str] = ()) -> Target:
    pod = labels.get(roles["pod"], "")
    provider = labels.get(roles["provider"], "") or provider_of_reconcilers(sorted(reconcilers))
    return Target(provider or deployment_of(pod), labels.get(roles["namespace"], ""), pod, tuple(sorted(labels.items())))


def deployment_of(pod: str) -> str:
    """The Deployment's name, from its Pod's."""
    return "-".join(pod.split("-")[:-HASHES]) or pod


def _called(name: str, target: Target) -> bool:
    return name in (deployment_of(target.pod), f"{target.namespace}/{deployment_of(target.pod)}") or means(name, target.provider)


def _check_apart(targets: Sequence[Target]) -> None:
    """Several stores behind one address, or a Pod that is scraped twice: figures of both would be added up."""
    seen: dict[tuple[str, str], Target] = {}
    for target in targets:
        other = seen.setdefault((target.namespace, target.pod), target)
        if other is not target:
            differ = sorted(set(other.labels) ^ set(target.labels))
            words = ", ".join(f"{name}={quoted(value)}" for name, value in differ)
            raise UsageError(f"Pod {target.ref} is there twice, with {words}", "--match chooses one: --match '" + _matcher(differ) + "'")


def _matcher(pairs: Sequence[tuple[str, str]]) -> str:
    return f"{pairs[0][0]}={quoted(pairs[0][1])}" if pairs else ""


def _nothing(store: Prometheus, match: Match, start: datetime, end: datetime) -> NotFound:
    what = f" with {', '.join(match.matchers)}" if match.matchers else ""
    jobs = store.values("job", "", start, end)
    shown = ", ".join(sorted(jobs)[:20]) or "none"
    return NotFound(
        f"{store.name}: no controller's series{what} between {start:%Y-%m-%d %H:%M:%SZ} and {end:%Y-%m-%d %H:%M:%SZ}",
        f"--match 'job=\"NAME\"' says which they are; jobs there: {shown}",
    )


def _names(found: Sequence[Mapping[str, str]]) -> str:
    return ", ".join(sorted({name for series in found for name in series}))

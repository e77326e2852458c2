"""Everything that ``doctor`` judges, in one gathering. Each part fails alone, with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from kubectl_kcp.errors import KcpError
from kubectl_kcp.gather.cache import gather_cache
from kubectl_kcp.gather.certs import Certificates, gather_certificates
from kubectl_kcp.gather.inventory import gather_controllers
from kubectl_kcp.gather.top import gather_usage
from kubectl_kcp.knowledge.estate import KINDS, Kind
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.reference import Failure, Scope, Subject
from kubectl_kcp.model.version import Version
from kubectl_kcp.sources.interface import Question, Source
from kubectl_kcp.sources.once import OnceSource

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """``window`` in seconds lies between the two looks that rates come from. ``within`` is what counts as ending soon."""

    scope: Scope
    window: float
    within: timedelta | None


def gather_estate(source: Source, wanted: Wanted, progress: Progress | None = None) -> Estate:
    """Raises NotFound for a CLUSTER that does not exist, Unreachable where nothing at all can be had."""
    once = OnceSource(source)
    failures: list[Failure] = []
    once.expect(_question(kind, wanted.scope) for kind in KINDS)
    certificates = gather_certificates(once, wanted.scope, wanted.within)
    failures += certificates.failures
    controllers = gather_controllers(once)
    failures += controllers.failures
    usage = _part(failures, "figures", lambda: gather_usage(once, wanted.window, (), progress))
    cache = _part(failures, "connections", lambda: gather_cache(once, wanted.scope, progress=progress))
    failures += usage.failures if usage else ()
    failures += cache.failures if cache else ()
    objects = _objects(once, wanted.scope, failures)
    return Estate(
        name=source.name,
        now=source.now(),
        scope=wanted.scope,
        controllers=controllers.items,
        clusters=certificates.items,
        orphans=certificates.orphans,
        usage=usage,
        cache=cache,
        objects=objects,
        failures=tuple(dict.fromkeys(failures)),
        secrets_read=_secrets_read(certificates),
        kubernetes=Version.parse(source.server_version()),
        skew=source.cluster.api.skew if source.cluster is not None else None,
    )


def _part(failures: list[Failure], what: str, look: Callable[[], T]) -> T | None:
    """A part that cannot be had leaves the others."""
    try:
        return look()
    except KcpError as e:
        failures.append(Failure.of(Subject("controllers", part=what), e))
    return None


def _question(kind: Kind, scope: Scope) -> Question:
    return Question(kind.resource, scope.namespace if kind.of_clusters else None, kind.selector)


def _objects(source: Source, scope: Scope, failures: list[Failure]) -> dict[Resource, tuple[Object, ...]]:
    """A kind whose list failed, even in part, or that this source does not hold is left out: half of it would give false alarms."""
    found: dict[Resource, tuple[Object, ...]] = {}
    for kind in KINDS:
        asked = _question(kind, scope)
        listing = source.objects(asked.resource, asked.namespace, asked.selector)
        failures += listing.failures
        if listing.held and not listing.failures:
            found[kind.resource] = listing.items
    return found


def _secrets_read(certificates: Certificates) -> bool:
    return all(item.secrets_known for item in certificates.items)

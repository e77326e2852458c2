"""Which finding follows from which, and the order in which they are told: the worst root cause first, its consequences below it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timezone

from msgspec.structs import replace

from kubectl_kcp.findings.relations import RELATIONS, Near, Relation
from kubectl_kcp.model.diagnosis import Branch
from kubectl_kcp.model.finding import WEIGHT, Finding, FindingKey
from kubectl_kcp.model.reference import ObjectRef, Ref

LATEST = datetime.max.replace(tzinfo=timezone.utc)


def related(findings: Iterable[Finding], cluster_of: dict[ObjectRef, Ref]) -> tuple[Finding, ...]:
    """Each finding with the one that it follows from, by the table of relations. ``cluster_of`` names the Cluster that an object
    belongs to. What a maker said itself stays."""
    items = tuple(findings)
    causes = _Causes(items, cluster_of)
    return tuple(f if f.because else _related(f, causes) for f in items)


def _related(finding: Finding, causes: _Causes) -> Finding:
    for relation in _BY_EFFECT.get(finding.code, ()):
        cause = causes.of(finding, relation)
        if cause is not None:
            return replace(finding, because=cause.key)
    return finding


class _Causes:
    """The findings that others may follow from, by their code and place: in a fleet each has thousands beside it, and few near it."""

    def __init__(self, findings: Iterable[Finding], cluster_of: dict[ObjectRef, Ref]) -> None:
        self._cluster_of = cluster_of
        self._found: dict[tuple[str, Near, object], list[Finding]] = {}
        for finding in findings:
            for near in _NEAR.get(finding.code, ()):
                if (place := self._place(finding.subject, near)) is not None:
                    self._found.setdefault((finding.code, near, place), []).append(finding)

    def of(self, finding: Finding, relation: Relation) -> Finding | None:
        """The first that fits, as near as the relation asks. Where each object of ``finding`` must have one, that of the first object: a
        cause that leaves one of them unexplained is not the cause."""
        if relation.near not in (Near.EACH, Near.EACH_CLUSTER):
            return self._first(finding, relation, finding.subject)
        found = [self._first(finding, relation, o) for o in finding.objects]
        return found[0] if found and all(found) else None

    def _first(self, finding: Finding, relation: Relation, about: ObjectRef) -> Finding | None:
        place = self._place(about, relation.near)
        there = () if place is None else self._found.get((relation.cause, relation.near, place), ())
        return next((c for c in there if c.key != finding.key and relation.fits(finding, c)), None)

    def _place(self, about: ObjectRef, near: Near) -> object:
        """What an effect and its cause have in common that are so near to each other. None: nothing is near it."""
        if near in (Near.SUBJECT, Near.EACH):
            return about
        if near is Near.NAMESPACE:
            return about.ref.namespace
        if near is Near.ANYWHERE:
            return near
        return self._cluster_of.get(about, about if near is Near.EACH_CLUSTER else None)


def _by_effect(relations: Iterable[Relation]) -> dict[str, list[Relation]]:
    made: dict[str, list[Relation]] = {}
    for relation in relations:
        made.setdefault(relation.effect, []).append(relation)
    return made


_BY_EFFECT = _by_effect(RELATIONS)
_NEAR = {r.cause: {other.near for other in RELATIONS if other.cause == r.cause} for r in RELATIONS}
"""How near an effect may be, by the cause's code."""


def tree(findings: Sequence[Finding]) -> tuple[Branch, ...]:
    """The roots, worst first. A cause that is not among ``findings`` leaves its consequences as roots; a circle is cut."""
    by_key = {f.key: f for f in findings}
    below: dict[FindingKey, list[Finding]] = {}
    roots = []
    for finding in by_key.values():
        cause = finding.because
        if cause is not None and cause in by_key and not _circular(finding, by_key):
            below.setdefault(cause, []).append(finding)
        else:
            roots.append(finding)

    def branch(finding: Finding) -> Branch:
        return Branch(finding, tuple(branch(f) for f in _ordered(below.get(finding.key, ()))))

    return tuple(sorted((branch(f) for f in roots), key=_weight))


def told(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """As below a table: related where they are about one Cluster, the worst first, what follows from another right after it."""
    made = list({f.key: f for f in findings}.values())
    owners = {f.subject: f.subject.ref for f in made if f.subject.kind == "Cluster"}
    return tuple(f for branch in tree(related(made, owners)) for f in branch.findings)


def _circular(finding: Finding, by_key: dict[FindingKey, Finding]) -> bool:
    seen, at = {finding.key}, finding.because
    while at is not None and at in by_key:
        if at in seen:
            return True
        seen.add(at)
        at = by_key[at].because
    return False


def _weight(branch: Branch) -> tuple[int, int, datetime, str, str]:
    """The worst of the whole branch counts; then what has most consequences, then what began first."""
    worst = min(WEIGHT[f.severity] for f in branch.findings)
    f = branch.finding
    return worst, -len(branch.findings), f.since or LATEST, f.code, str(f.subject)


def _ordered(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda f: (WEIGHT[f.severity], f.since or LATEST, f.code, str(f.subject)))

"""Which finding follows from which, and the order in which they are told: the worst root cause first, its consequences below it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timezone

from kubectl_kcp.findings.relations import RELATIONS, Near, Relation
from kubectl_kcp.model.diagnosis import Branch
from kubectl_kcp.model.finding import WEIGHT, Finding, FindingKey
from kubectl_kcp.model.reference import ObjectRef, Ref

LATEST = datetime.max.replace(tzinfo=timezone.utc)


def related(findings: Iterable[Finding], cluster_of: dict[ObjectRef, Ref]) -> tuple[Finding, ...]:
    """Each finding with the one that it follows from, by the table of relations. ``cluster_of`` names the Cluster that an object
    belongs to. What a maker said itself stays."""
    items = tuple(findings)
    by_code: dict[str, list[Finding]] = {}
    for finding in items:
        by_code.setdefault(finding.code, []).append(finding)
    return tuple(f if f.because else _related(f, by_code, cluster_of) for f in items)


def _related(finding: Finding, by_code: dict[str, list[Finding]], cluster_of: dict[ObjectRef, Ref]) -> Finding:
    for relation in RELATIONS:
        if relation.effect != finding.code:
            continue
        fitting = [c for c in by_code.get(relation.cause, ()) if c.key != finding.key and relation.fits(finding, c)]
        if relation.near in (Near.EACH, Near.EACH_CLUSTER):
            cause = _of_each(finding.objects, fitting, cluster_of if relation.near is Near.EACH_CLUSTER else {})
        else:
            cause = next((c for c in fitting if _near(finding, c, relation, cluster_of)), None)
        if cause is not None:
            return replace(finding, because=cause.key)
    return finding


def _near(finding: Finding, cause: Finding, relation: Relation, cluster_of: dict[ObjectRef, Ref]) -> bool:
    mine, its = finding.subject, cause.subject
    if relation.near is Near.SUBJECT:
        return mine == its
    if relation.near is Near.NAMESPACE:
        return mine.ref.namespace == its.ref.namespace
    return relation.near is Near.ANYWHERE or (cluster_of.get(mine) is not None and cluster_of.get(mine) == cluster_of.get(its))


def _of_each(objects: Sequence[ObjectRef], causes: Sequence[Finding], cluster_of: dict[ObjectRef, Ref]) -> Finding | None:
    """That of the first object, where each has one: a cause that leaves one of them unexplained is not the cause."""
    if not objects or not causes:
        return None
    own: dict[ObjectRef | Ref, Finding] = {}
    for cause in causes:
        owner = cluster_of.get(cause.subject)
        own.setdefault(cause.subject if owner is None else owner, cause)
    found = [own.get(cluster_of.get(o, o)) for o in objects]
    return found[0] if all(found) else None


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

"""Two gatherings of a management cluster against each other: what was found, which versions run, when certificates end. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kubectl_kcp.findings.diagnose import Choice, diagnose
from kubectl_kcp.knowledge.estate import KINDS
from kubectl_kcp.model.bundle import Change, Difference, EndChange, FindingChange, Side, VersionChange
from kubectl_kcp.model.certificate import ClusterStatus
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.reference import ObjectRef, Ref

SERVER = ObjectRef("Server", Ref("", "kubernetes"))


def compared(before: Estate, after: Estate) -> Difference:
    """``before`` is the one that is compared with. What is new comes first, then what is gone, then what both have."""
    lacks = _lacks(before, after.name), _lacks(after, before.name)
    sides = [
        Side(estate.name, estate.now, tuple(sorted(mine - other)))
        for estate, mine, other in ((before, lacks[0], lacks[1]), (after, lacks[1], lacks[0]))
    ]
    old, new = ({c.cluster.ref for c in estate.clusters} for estate in (before, after))
    clusters = [(Change.NEW, ref) for ref in sorted(new - old)] + [(Change.GONE, ref) for ref in sorted(old - new)]
    return Difference(
        before=sides[0],
        after=sides[1],
        findings=tuple(_findings(before, after, sides[0], sides[1])),
        versions=tuple(_versions(before, after)),
        ends=tuple(_ends(before, after)),
        clusters=tuple(clusters),
        failures=tuple(dict.fromkeys((*before.failures, *after.failures))),
    )


def _lacks(estate: Estate, other: str) -> set[str]:
    """What could not be read of it. That ``other`` is of no use as a baseline (``gather/growth.py``) is not its lack."""
    kinds = {k.resource.plural for k in KINDS if not estate.read(k.resource)}
    return kinds | {str(f.subject) for f in estate.failures if f.subject.kind != other} | (set() if estate.secrets_read else {"secrets"})


def _findings(before: Estate, after: Estate, first: Side, second: Side) -> Iterator[FindingChange]:
    old, new = ({f.key: f for f in diagnose(estate, Choice()).findings} for estate in (before, after))
    yield from (FindingChange(Change.NEW, f, not first.lacks) for key, f in new.items() if key not in old)
    yield from (FindingChange(Change.GONE, f, not second.lacks) for key, f in old.items() if key not in new)
    yield from (FindingChange(Change.SAME, f) for key, f in new.items() if key in old)


def _versions(before: Estate, after: Estate) -> Iterator[VersionChange]:
    old, new = _running(before), _running(after)
    for of in dict.fromkeys((*new, *old)):
        if old.get(of) != new.get(of):
            yield VersionChange(of, old.get(of), new.get(of))


def _running(estate: Estate) -> dict[ObjectRef, str]:
    """Versions that are known."""
    found = {SERVER: str(estate.kubernetes)} if estate.kubernetes is not None else {}
    return found | {ObjectRef("Deployment", c.ref): str(c.version) for c in estate.controllers if c.version is not None}


def _ends(before: Estate, after: Estate) -> Iterator[EndChange]:
    """Of clusters that both have. Where Secrets could not be read nothing is said of what would be in them."""
    old = {c.cluster.ref: c for c in before.clusters}
    for item in after.clusters:
        earlier = old.get(item.cluster.ref)
        if earlier is None:
            continue
        was, now = _known_ends(earlier), _known_ends(item)
        for kind, where in dict.fromkeys((*now, *was)):
            ends = was.get((kind, where)), now.get((kind, where))
            unknown = any(e is None and not side.secrets_known for e, side in zip(ends, (earlier, item), strict=True))
            if ends[0] != ends[1] and not unknown:
                yield EndChange(item.cluster.ref, kind, where, *ends)


def _known_ends(item: ClusterStatus) -> dict[tuple[str, str], datetime]:
    """By the certificate's kind and the object that it was read from."""
    return {(c.kind.value, str(c.subject)): c.end for c in item.certificates if c.end is not None}

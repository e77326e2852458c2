"""Where the rotation of CAs stands, as tables and as data: docs/schema/certs-rotation.json."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kubectl_kcp.advice import Advice
from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.rotation import Authority, Bond, Holder, Rotation
from kubectl_kcp.printable import one_line
from kubectl_kcp.render.table import Column, Grid, grid
from kubectl_kcp.render.text import Reader, wrap
from kubectl_kcp.render.units import clock

HOW = {Bond.TRUSTS: "trusts", Bond.SIGNED: "signed by"}
SHORT = 16
"""Hexadecimal digits of a public key's SHA-256 that tell CAs of one cluster apart."""
NOT_ASKED = "Not seen: the workload cluster (its servers' certificates, its ConfigMaps, its token keys)."
NOT_SEEN = "Not seen: nodes' files and kubelets, Pods that keep a CA, users' own kubeconfigs, further API servers behind the same address."


def rotation_parts(items: Sequence[Rotation], asked: bool, reader: Reader) -> Iterator[Grid | str]:
    """The stage of each CA, the authorities that there are, and what hangs on which."""
    for cluster in dict.fromkeys(r.cluster.ref for r in items):
        yield one_line(f"Cluster {cluster}")
    stages: list[Column[Rotation]] = [
        Column("CA", lambda r: r.purpose),
        Column("STAGE", lambda r: r.stage.value),
        Column("WAITS FOR", lambda r: ", ".join(dict.fromkeys(h.part.value for h in r.waits_for)) or r.reason),
        Column("SECRET", lambda r: r.secret),
    ]
    yield grid(items, stages)
    authorities: list[Column[tuple[Rotation, Authority]]] = [
        Column("CA", lambda p: p[0].purpose),
        Column("IS", lambda p: p[1].age.value),
        Column("SIGNS", lambda p: "yes" if p[1].signs else "no"),
        Column("SUBJECT", lambda p: p[1].subject),
        Column("NOT BEFORE", lambda p: clock(p[1].not_before)),
        Column("NOT AFTER", lambda p: clock(p[1].not_after)),
        Column("PUBLIC KEY", lambda p: p[1].public_sha256[:SHORT]),
    ]
    yield grid([(r, a) for r in items for a in r.authorities], authorities)
    holders: list[Column[tuple[Rotation, Holder]]] = [
        Column("CA", lambda p: p[0].purpose),
        Column("WHAT", lambda p: p[1].part.value),
        Column("HOW", lambda p: HOW[p[1].bond]),
        Column("WHICH", lambda p: ", ".join(p[0].of(p[1])) or "?"),
        Column("WHERE", lambda p: p[1].where),
        Column("NOTE", lambda p: p[1].detail),
    ]
    yield grid([(r, h) for r in items for h in r.holders], holders)
    yield "\n".join(wrap(NOT_SEEN if asked else NOT_ASKED, reader.columns))


def rotation_data(rotation: Rotation, step: Advice, program: str) -> dict[str, Any]:
    """``step`` is the next safe one, none where there is nothing to do."""
    return {
        "namespace": rotation.cluster.namespace,
        "name": rotation.cluster.name,
        "ca": str(rotation.purpose),
        "secret": rotation.secret.name,
        "stage": rotation.stage.value,
        "reason": rotation.reason or None,
        "nextStep": step.text(program) or None,
        "authorities": [
            {
                "is": a.age.value,
                "signs": a.signs,
                "subject": a.subject,
                "publicKeySHA256": a.public_sha256,
                "notBefore": iso(a.not_before),
                "notAfter": iso(a.not_after),
            }
            for a in rotation.authorities
        ],
        "holders": [_holder(rotation, h) for h in rotation.holders],
    }


def _holder(rotation: Rotation, holder: Holder) -> dict[str, Any]:
    return {
        "what": holder.part.value,
        "where": holder.where,
        "how": holder.bond.value,
        "which": rotation.of(holder),
        "publicKeySHA256": list(holder.of),
        "detail": holder.detail or None,
        "waitedFor": holder in rotation.waits_for,
    }

"""A flush's plan and result as text and as data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.flush import FlushPlan, FlushResult, Identity, Way
from kubectl_kcp.render.listing import API_VERSION

HEAD = 16

WAYS = {
    Way.EVICT: "the leader's Pod is evicted; another replica is Ready and takes over",
    Way.SURGE: "the Deployment is restarted: a second Pod serves the webhooks before the leader's ends",
    Way.RESUME: "the leader's Pod has gone or is going already: what is left is a new leader",
    Way.NOTHING: "nothing to do",
}


def plan_text(plan: FlushPlan, state: str, columns: int = 100) -> str:
    """What will be touched, what it costs, what to know. ``state`` is the credential's."""
    rows: list[tuple[str, Iterable[str]]] = [
        ("cluster", [f"{plan.cluster} (UID {plan.cluster.uid})"]),
        ("credential", [f"{state}: {plan.why}"]),
    ]
    if plan.controller is not None:
        rows.append(("controller", [f"{plan.controller} {plan.version}".strip()]))
    rows.append(("way", [WAYS[plan.way]]))
    if plan.way is not Way.NOTHING:
        rows += [("will write", plan.touches), ("costs", [_costs(plan)]), ("no leader for", [_gap(plan)]), ("webhooks", [_webhooks(plan)])]
    rows += [("warning", plan.warnings)] if plan.warnings else []
    rows += [("refused", [plan.refusal])] if plan.refusal else []
    return "\n".join(line for head, lines in rows for line in _row(head, lines, columns))


def _row(head: str, lines: Iterable[str], columns: int) -> Iterable[str]:
    label = head
    for line in lines:
        wrapped = textwrap.wrap(line, max(40, columns - HEAD), break_long_words=False, break_on_hyphens=False) or [""]
        for part in wrapped:
            yield f"{label:<{HEAD}}{part}"
            label = ""


def _costs(plan: FlushPlan) -> str:
    count = "1 cluster loses its" if plan.clusters == 1 else f"{plan.clusters} clusters lose their"
    return f"{count} cached credential; each makes one {plan.key_algorithm} key and certificate at its next reconcile"


def _gap(plan: FlushPlan) -> str:
    if not plan.release_lease:
        return f"up to {plan.lease_seconds:.0f} s: the Lease is left to end by itself"
    return f"seconds, once its process has ended; up to {plan.lease_seconds:.0f} s if the Lease cannot be released"


def _webhooks(plan: FlushPlan) -> str:
    if plan.standby:
        return f"keep serving: {len(plan.standby)} other Ready Pod" + ("s" if len(plan.standby) > 1 else "")
    return "keep serving: a second Pod is Ready first" if plan.way is Way.SURGE else "served by whichever Pod is Ready"


def _identity(of: Identity | None) -> dict[str, str] | None:
    return None if of is None else {"namespace": of.ref.namespace, "name": of.ref.name, "uid": of.uid}


def plan_data(plan: FlushPlan, state: str) -> dict[str, Any]:
    return {
        "cluster": _identity(plan.cluster),
        "credentialState": state,
        "way": plan.way.value,
        "reason": plan.why,
        "controller": _identity(plan.controller),
        "version": plan.version or None,
        "leader": _identity(plan.leader),
        "node": plan.node or None,
        "lease": str(plan.lease) if plan.lease else None,
        "holder": plan.holder or None,
        "releaseLease": plan.release_lease,
        "leaseSeconds": plan.lease_seconds,
        "standby": [str(p) for p in plan.standby],
        "clustersLosingCredentials": plan.clusters,
        "touches": list(plan.touches),
        "warnings": list(plan.warnings),
        "refusal": plan.refusal or None,
    }


def document(plan: FlushPlan, state: str, result: FlushResult | None = None, dry_run: bool = False) -> dict[str, Any]:
    """Kind ``Flush``: the plan, and what was done (null where nothing was)."""
    done = None
    if result is not None:
        done = {
            "newLeader": str(result.new_leader) if result.new_leader else None,
            "leaderSince": iso(result.led_since),
            "leaderlessSeconds": None if result.seconds_without_leader is None else round(result.seconds_without_leader, 3),
            "steps": [{"name": s.name, "seconds": round(s.seconds, 3), "detail": s.detail} for s in result.steps],
            "proof": list(result.proof),
        }
    return {"apiVersion": API_VERSION, "kind": "Flush", "dryRun": dry_run, "plan": plan_data(plan, state), "result": done}

"""What an unfinished clusterctl move leaves in the source and in the target; another pause is not taken for one."""

from __future__ import annotations

from typing import Any

from kubectl_kcp.findings.lifecycle import lifecycle_findings
from kubectl_kcp.findings.makers import all_findings
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.model.estate import Estate
from tests.unit.findings.estate import Json, ago, cluster, condition, estate, machine, plane

FINALIZERS = ["machine.cluster.x-k8s.io"]
PROVIDER_ID = {"providerID": "aws:///eu-1a/i-1"}
READY = {"initialization": {"infrastructureProvisioned": True}, "phase": "Provisioned"}


def paused(hours: float = 2, status: Json | None = None, **meta: Any) -> Json:
    made = cluster("c1", {"paused": True}, **meta)
    made["status"] = {"conditions": [condition("Paused", "True", since=ago(hours=hours))], **(READY if status is None else status)}
    return made


def world(of: Json, *machines: Json) -> Estate:
    return estate({r.CLUSTERS: [of], r.KUBEADM_CONTROL_PLANES: [plane("c1")], r.MACHINES: list(machines)})


def codes(made: Estate) -> list[str]:
    return [f.code for f in lifecycle_findings(made)]


def going(hours: float = 2) -> Json:
    marked = {r.DELETE_FOR_MOVE: ""}
    return machine("m1", node="n1", annotations=marked, deletionTimestamp=ago(hours=hours), finalizers=FINALIZERS)


def test_the_source_whose_objects_are_being_deleted() -> None:
    made = world(paused(), going())
    by_code = {f.code: f for f in all_findings(made)}
    seen = by_code["move-unfinished"]
    assert seen.seen.startswith("clusterctl move was deleting it here, and stopped")
    assert str(seen.subject) == "Cluster ns/c1"
    assert [e.source for e in seen.evidence] == ["Machine ns/m1"]
    assert by_code["deletion-stuck"].because == seen.key
    assert "there alone" in seen.action.text("x")


def test_a_move_that_goes_on_is_silent() -> None:
    assert codes(world(paused(hours=0.5), going(hours=0.4))) == []


def test_a_mark_without_a_pause_is_no_move() -> None:
    assert "move-unfinished" not in codes(world(cluster(), going()))


def test_the_source_that_waits_for_what_blocks_the_move() -> None:
    held = machine("m1", node="n1", annotations={r.BLOCK_MOVE: ""})
    (seen,) = lifecycle_findings(world(paused(), held))
    assert "waits for Machine ns/m1, which blocks it" in seen.seen
    assert codes(world(paused(hours=0.9), held)) == []


def test_the_target_with_a_copy_that_nobody_has_looked_at() -> None:
    copy = paused(status={}, creationTimestamp=ago(hours=3))
    (seen,) = lifecycle_findings(world(copy, machine("m1", spec=PROVIDER_ID)))
    assert (seen.code, "copied here" in seen.seen) == ("move-unfinished", True)
    assert codes(world(paused(status={}, creationTimestamp=ago(minutes=50)), machine("m1", spec=PROVIDER_ID))) == []


def test_another_pause_is_told_as_such() -> None:
    made_here = machine("m1", spec=PROVIDER_ID)
    assert codes(world(paused(hours=25), made_here)) == ["paused-and-forgotten"], "paused amid its first Machine"
    assert codes(world(paused(hours=25, status={}), machine("m1"))) == ["paused-and-forgotten"], "made in a pause"
    assert codes(world(paused(hours=25, status={}), machine("m1", node="n1", spec=PROVIDER_ID))) == ["paused-and-forgotten"]
    assert codes(world(paused(hours=2), made_here)) == []

"""Machines without Nodes: what keeps each from its Node is told apart where it is known."""

from __future__ import annotations

import pytest

from kubectl_kcp.findings.machines import machine_findings
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.model.finding import Finding
from tests.unit.findings.estate import Json, ago, cluster, condition, estate, machine, plane

WAITS = condition("NodeHealthy", "Unknown", "Waiting for a Node with spec.providerID aws:///i-1 to exist", "InspectionFailed")
OLD_WAITS = condition("NodeHealthy", "False", "Waiting for a node with matching ProviderID to exist", "NodeProvisioning")
DOWN = condition("NodeHealthy", "Unknown", "Remote connection not established yet", "ConnectionDown")
MADE = {"providerID": "aws:///i-1"}


def told_of(of: Json, *machines: Json) -> list[Finding]:
    return list(machine_findings(estate({r.CLUSTERS: [cluster()], r.KUBEADM_CONTROL_PLANES: [of], r.MACHINES: list(machines)})))


def codes(of: Json, *machines: Json) -> list[str]:
    return [f.code for f in told_of(of, *machines)]


def test_a_machine_without_a_node_after_twenty_minutes() -> None:
    late = machine("m1", spec={"providerID": "aws:///i-1"}, creationTimestamp=ago(minutes=21))
    assert codes(plane("c1"), late) == ["machine-without-node"]
    assert codes(plane("c1"), machine("m1", creationTimestamp=ago(minutes=19))) == []
    assert codes(plane("c1"), machine("m1", creationTimestamp=ago(hours=1), deletionTimestamp=ago(minutes=1))) == []
    assert codes(plane("c1"), machine("m1", node="n1")) == []


def test_with_and_without_a_provider_id_are_told_apart() -> None:
    seen = {}
    for name, spec in (("joined", {"providerID": "aws:///i-1"}), ("not made", {"infrastructureRef": {"kind": "AWSMachine"}})):
        world = {r.CLUSTERS: [cluster()], r.KUBEADM_CONTROL_PLANES: [plane("c1")], r.MACHINES: [machine("m1", spec=spec)]}
        (told,) = machine_findings(estate(world))
        seen[name] = told.seen
    assert "no Node with its providerID aws:///i-1" in seen["joined"]
    assert "AWSMachine has not told a providerID" in seen["not made"]


def test_a_node_that_was_deleted() -> None:
    assert codes(plane("c1"), machine("m1", condition("NodeHealthy", "False", reason="NodeDeleted"), node="n1")) == ["node-gone"]
    assert codes(plane("c1"), machine("m1", condition("NodeHealthy", "Unknown", reason="InspectionFailed"), node="n1")) == []


@pytest.mark.parametrize("waits", [WAITS, OLD_WAITS], ids=["v1beta2", "v1beta1"])
def test_a_provider_id_that_comes_to_no_node(waits: Json) -> None:
    worker = machine("w1", waits, spec={"providerID": "aws:///i-2"})
    worker["metadata"]["labels"].pop("cluster.x-k8s.io/control-plane")
    first, second = told_of(plane("c1"), machine("m1", waits, spec=MADE), worker)
    assert "none of the cluster's Nodes has its providerID aws:///i-1" in first.seen
    assert "cloud controller manager" in first.action.text("x")
    assert any(e.text.startswith("initialized") for e in first.evidence)
    assert second.because == first.key
    assert "bootstrap log" in second.action.text("x")


@pytest.mark.parametrize(
    ("of", "machines"),
    [
        (plane("c1", status={"initialized": False}), [machine("m1", WAITS, spec=MADE)]),
        (plane("c1"), [machine("m1", DOWN, spec=MADE)]),
        (plane("c1"), [machine("m1", spec=MADE)]),
        (plane("c1"), [machine("m1", WAITS, spec=MADE), machine("m2", node="n2")]),
    ],
    ids=["no API server yet", "the cluster was not asked", "nothing is told", "another Machine has its Node"],
)
def test_what_keeps_a_node_away_stays_undecided(of: Json, machines: list[Json]) -> None:
    (seen,) = told_of(of, *machines)
    assert "no Node with its providerID aws:///i-1 has come" in seen.seen
    assert "bootstrap log" in seen.action.text("x")


def test_other_machines_with_nodes_are_evidence() -> None:
    (seen,) = told_of(plane("c1"), machine("m1", WAITS, spec=MADE), machine("m2", node="n2"))
    assert "1 of the cluster's 2 Machines have their Nodes" in [e.text for e in seen.evidence]

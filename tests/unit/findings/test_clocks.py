"""Clocks that differ, and by whom they are compared."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_kcp.findings.clocks import clock_findings
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.model.finding import Finding
from tests.unit.findings.estate import cluster, estate, plane


def found(skew: float | None, *clocks: tuple[str, float]) -> list[Finding]:
    made = estate({r.CLUSTERS: [cluster()], r.KUBEADM_CONTROL_PLANES: [plane("c1")]}, skew=skew)
    return list(clock_findings(replace(made, clusters=tuple(replace(c, clocks=clocks) for c in made.clusters))))


@pytest.mark.parametrize(("skew", "words"), [(31.0, "31 s ahead of"), (-31.0, "31 s behind"), (29.0, ""), (None, "")])
def test_this_machine_and_the_api_server(skew: float | None, words: str) -> None:
    assert [(f.code, words in f.seen) for f in found(skew)] == ([("clock-skew", True)] if words else [])


def test_nodes_and_the_management_cluster() -> None:
    (seen,) = found(0.5, ("etcd-n1", 95.0), ("etcd-n2", 2.0), ("etcd-n3", -40.0))
    assert (seen.code, str(seen.subject)) == ("node-clock-skew", "Cluster ns/c1")
    assert seen.seen == "the clocks of 2 of 3 etcd members differ from the management cluster's, by 94 s at most"
    assert [e.source for e in seen.evidence] == ["etcd member etcd-n1", "etcd member etcd-n3"]
    assert "40 s behind" in seen.evidence[1].text
    assert found(0.5, ("etcd-n1", 29.0), ("etcd-n2", -29.0)) == []


def test_a_wrong_clock_of_this_machine_is_no_nodes_fault() -> None:
    assert [f.code for f in found(100.0, ("etcd-n1", 101.0))] == ["clock-skew"]
    assert found(None, ("etcd-n1", 500.0)) == [], "undecided: nothing to compare with"

"""Stand-ins: their order, their forms, and what is no name."""

from __future__ import annotations

import pytest

from kubectl_kcp.logs.reconciles import innermost
from kubectl_kcp.redaction.names import Names, is_harmless, is_public
from kubectl_kcp.redaction.text import Texts, tell_of


def told(*names: tuple[str, str]) -> Names:
    made = Names(b"salt")
    for of, name in names:
        made.tell(of, name)
    made.freeze()
    return made


def test_what_is_sorted_by_names_stays_in_its_order() -> None:
    originals = [f"c{n}" for n in range(120)]
    names = told(*(("Cluster", n) for n in originals))
    assert sorted(originals, key=lambda n: names.name("Cluster", n)) == sorted(originals)


def test_what_begins_with_a_clusters_name_still_does() -> None:
    names = told(("Secret", "west1-etcd"), ("Cluster", "west1"), ("Machine", "west1-md-0-x7k2p-bcdfg"), ("Machine", "west1-blue"))
    cluster = names.name("Cluster", "west1")
    assert names.name("Secret", "west1-etcd") == f"{cluster}-etcd"
    assert names.name("Machine", "west1-md-0-x7k2p-bcdfg") == f"{cluster}-md-0-x7k2p-bcdfg"
    assert not names.name("Machine", "west1-blue").endswith("blue")


def test_a_name_of_several_kinds_has_one_stand_in() -> None:
    names = told(("Node", "west1-a"), ("Machine", "west1-a"))
    assert names.name("Node", "west1-a") == names.name("Machine", "west1-a") == "machine-01"


def test_a_stand_in_is_none_of_the_names() -> None:
    """A cluster may be called as a stand-in is: that name is made of words of software, and stays."""
    names = told(("Cluster", "cluster-01"), ("Cluster", "x1"))
    assert names.name("Cluster", "cluster-01") == "cluster-01"
    assert names.name("Cluster", "x1") == "cluster-02"


@pytest.mark.parametrize(
    "name", ["capi-system", "kubeadm-control-plane", "etcd-server", "capi-controller-manager-c88797585-l89tg", "x.k8s.io", "v1"]
)
def test_words_of_software_stay(name: str) -> None:
    assert is_public(name) or is_harmless(name)
    assert told(("Deployment", name)).name("Deployment", name) == name


@pytest.mark.parametrize("name", ["acme", "capi-acme", "acme-system", "acme.io", "a.b", "blue-x7k2p"])
def test_names_go(name: str) -> None:
    assert told(("Deployment", name)).name("Deployment", name) != name


@pytest.mark.parametrize(
    "names",
    [
        ("w1-cp-tp279", "w2-cp-x9d8f"),
        ("prod-cp-tp279", "stage-cp-x9d8f"),
        ("prod-cp-tpbcd", "stage-cp-xdfgh"),
        ("prod-blue-x7k2p", "prod-green-x7k2b"),
        ("prod", "stage"),
        ("w1", "w2"),
        ("node-a1-x7k2p", "node-b2-x7k2p"),
    ],
)
def test_errors_are_grouped_as_with_the_names(names: tuple[str, str]) -> None:
    """By their innermost part, without what names one object."""
    clusters = [("Cluster", n.split("-")[0]) for n in names]
    texts = Texts(told(*clusters, *(("Machine", n) for n in names)))
    words = [f"failed to create client: could not reach the members of machine {n} in its time" for n in names]
    changed = [texts.replaced(w) for w in words]
    assert not any(n in c for n in names for c in changed)
    assert len({innermost(w) for w in words}) == len({innermost(c) for c in changed})


@pytest.mark.parametrize(
    "text",
    [
        "remote error: tls: certificate required",
        "x509: certificate has expired or is not yet valid: current time 2026-11-24T03:00:00Z is after 2026-11-20T03:00:00Z",
        "rpc error: code = DeadlineExceeded desc = latest balancer error: connection error",
        'FLAG: --kube-api-qps="100"',
        "failed to drain Node n1: connection to the workload cluster is down",
        "Error draining Node, please check controller logs for errors",
        "Waiting for a Node with spec.providerID",
        "Waited for 1.2s due to client-side throttling, not priority and fairness, request: GET:https://127.0.0.1:6443/api/v1/secrets",
    ],
)
def test_words_that_are_looked_for_in_logs_stay(text: str) -> None:
    """Though clusters are called by some of them."""
    names = told(
        *(("Cluster", w) for w in ("certificate", "error", "tls", "required", "code", "valid", "time", "client", "not", "secrets", "api"))
    )
    assert Texts(names).replaced(text) == text


def test_names_that_only_a_text_tells() -> None:
    names = Names(b"salt")
    text = 'machines.cluster.x-k8s.io "acme-m1" not found; User "jane" cannot list; dial tcp api.acme.corp:6443; {"name":"acme-x"}'
    tell_of(names, text)
    names.freeze()
    changed = Texts(names).replaced(text)
    assert not [w for w in ("acme", "jane", "corp") if w in changed]
    assert changed.startswith('machines.cluster.x-k8s.io "machine-01" not found; User "user-01"')

"""A change acts on what was looked at or on nothing, and whatever cuts it off leaves a leader, and what the next run can finish."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

import pytest

from tests.e2e.asked import asked
from tests.e2e.client import Client
from tests.e2e.leading import LEASES, holding, settled
from tests.e2e.paused import paused_cluster
from tests.e2e.target import DEPLOYMENT, NAMESPACE, Target
from tests.e2e.tool import Tool
from tests.lab.cluster import until

FLUSH = ("certs", "flush", "w1", "-n", "real", "--restart-leader")
FORCED = (*FLUSH, "--force")
REGENERATE = ("certs", "regenerate", "w1", "-n", "real", "--restart-leader")
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
CAPI, PLANES = "/apis/cluster.x-k8s.io/v1beta2", "/apis/controlplane.cluster.x-k8s.io/v1beta2"
WATCHED = (
    "/api/v1/pods",
    "/apis/apps/v1/deployments",
    "/apis/coordination.k8s.io/v1/leases",
    f"{CAPI}/clusters",
    f"{PLANES}/kubeadmcontrolplanes",
)


def world(client: Client) -> dict[str, tuple[object, ...]]:
    """Of each object what a change of ours would touch."""
    found = {}
    for path in WATCHED:
        for item in client.items(path):
            meta, spec = item["metadata"], item.get("spec", {})
            holder = spec.get("holderIdentity")
            restarts = [s.get("restartCount") for s in item.get("status", {}).get("containerStatuses", [])]
            key = f"{path}/{meta['namespace']}/{meta['name']}"
            going, notes = meta.get("deletionTimestamp"), sorted(meta.get("annotations", {}))
            found[key] = (meta["uid"], meta.get("generation"), going, holder, restarts, notes)
    return found


def events(client: Client) -> int:
    return sum(e["reason"] == "CredentialFlush" for e in client.items("/api/v1/events"))


@pytest.fixture
def two(target: Target) -> Target:
    target.scale(2)
    settled(target)
    return target


@pytest.fixture
def one(target: Target) -> Target:
    target.scale(1)
    settled(target)
    return target


@contextlib.contextmanager
def untouched(target: Target) -> Iterator[None]:
    """Nothing changes in there, and no Event says that something would."""
    before, told = world(target.client), events(target.client)
    yield
    assert world(target.client) == before
    assert events(target.client) == told


# -- between look and act


@pytest.mark.long
def test_the_pod_replaced(two: Target, tool: Tool) -> None:
    old = two.leader()
    with asked(tool, *FORCED) as run:
        run.asks()
        two.client.delete(f"{PODS}/{old}")
        until("the Pod to be gone", lambda: old not in {p["metadata"]["name"] for p in two.client.items(PODS)} or None)
        until("two Pods", lambda: len(two.pods()) == 2)
        with untouched(two):
            run.answer()
            ended = run.end().exits(4)
    assert "was replaced since it was looked at" in ended.err or "has moved to" in ended.err
    # the Lease of a Pod whose end nobody saw ends by itself; the next run waits for that
    after = tool.run(*FORCED, "--yes").exits(0)
    assert "leads since" in after.out or "nothing to flush" in after.err
    settled(two)


def test_the_lease_moved(two: Target, tool: Tool) -> None:
    old = two.leader()
    other = next(p["metadata"]["name"] for p in two.pods() if p["metadata"]["name"] != old)
    lease = next(item for item in two.client.items(LEASES) if item["spec"].get("holderIdentity"))
    path, holder = f"{LEASES}/{lease['metadata']['name']}", lease["spec"]["holderIdentity"]
    with asked(tool, *FORCED) as run:
        run.asks()
        two.client.patch(path, {"spec": {"holderIdentity": f"{other}_e2e"}})
        try:
            with untouched(two):
                run.answer()
                ended = run.end().exits(4)
        finally:
            two.client.patch(path, {"spec": {"holderIdentity": holder}})
    assert f"has moved to {other}_e2e" in ended.err
    assert "another flush may be under way" in ended.err


def test_two_runs_at_once_are_one_restart(one: Target, tool: Tool) -> None:
    before = one.client.get(DEPLOYMENT)["metadata"]["generation"]
    with asked(tool, *FORCED) as first, asked(tool, *FORCED) as second:
        for run in (first, second):
            run.asks()
        for run in (first, second):
            run.answer()
        ended = [first.end(), second.end()]
    assert sorted(ran.code for ran in ended) == [0, 4], [ran.err for ran in ended]
    assert "since it was looked at" in next(ran.err for ran in ended if ran.code)
    settled(one)
    assert one.client.get(DEPLOYMENT)["metadata"]["generation"] == before + 1


def test_two_runs_after_each_other(two: Target, tool: Tool) -> None:
    with asked(tool, *FORCED) as first, asked(tool, *FORCED) as second:
        for run in (first, second):
            run.asks()
        first.answer()
        first.end().ok()
        with untouched(two):
            second.answer()
            assert "since it was looked at" in second.end().exits(4).err
    assert "nothing to flush" in tool.run(*FLUSH, "--yes").ok().err


@pytest.mark.parametrize("again", [False, True], ids=["deleted", "re-created"])
def test_the_cluster_deleted_meanwhile(two: Target, tool: Tool, again: bool) -> None:
    with contextlib.ExitStack() as stack:
        stack.enter_context(paused_cluster(two.client, "e2e-gone", initialized=True))
        run = stack.enter_context(asked(tool, "certs", "flush", "new", "-n", "e2e-gone", "--restart-leader", "--force"))
        run.asks()
        path = f"{CAPI}/namespaces/e2e-gone/clusters"
        old = two.client.get(f"{path}/new")
        two.client.patch(f"{path}/new", {"metadata": {"finalizers": None}})
        two.client.delete(f"{path}/new")
        if again:
            meta = {k: old["metadata"][k] for k in ("name", "namespace")}
            two.client.create(path, {"apiVersion": old["apiVersion"], "kind": "Cluster", "metadata": meta, "spec": old["spec"]})
        with untouched(two):
            run.answer()
            assert "was deleted or re-created since it was looked at" in run.end().exits(4).err


@pytest.mark.parametrize("how", ["no", "ctrl-c"])
def test_a_question_that_is_not_answered_with_yes(two: Target, tool: Tool, how: str) -> None:
    with untouched(two), asked(tool, *FORCED) as run:
        run.asks()
        if how == "no":
            run.answer("n")
        else:
            run.signal(signal.SIGINT)
        ended = run.end().exits(4 if how == "no" else 130)
    assert ("the answer was no" if how == "no" else "interrupted") in ended.err


def test_without_the_word_or_the_question_nothing_is_done(two: Target, tool: Tool) -> None:
    with untouched(two):
        assert "--restart-leader" in tool.run("certs", "flush", "w1", "-n", "real", "--force", "--yes").exits(4).err
        assert "nobody can be asked" in tool.run(*FORCED).exits(4).err
        plan = tool.run(*FORCED, "--dry-run", "-o", "json").ok().json
    assert plan["dryRun"] is True
    assert plan["result"] is None
    assert plan["plan"]["way"] == "evict"


# -- who says no


def test_a_pod_disruption_budget(two: Target, tool: Tool) -> None:
    labels = two.client.get(DEPLOYMENT)["spec"]["selector"]["matchLabels"]
    path = f"/apis/policy/v1/namespaces/{NAMESPACE}/poddisruptionbudgets"
    spec = {"minAvailable": 2, "selector": {"matchLabels": labels}}
    two.client.create(path, {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "both"}, "spec": spec})
    try:
        until("the budget to be counted", lambda: two.client.get(f"{path}/both").get("status", {}).get("currentHealthy") == 2)
        before = world(two.client)
        ended = tool.run(*FORCED, "--yes").exits(4)
        assert world(two.client) == before
    finally:
        two.client.delete(f"{path}/both")
    assert "The disruption budget both needs 2 healthy pods" in ended.err
    assert "kubectl get pdb" in ended.err


@pytest.mark.parametrize("replicas", [1, 2])
def test_an_admission_policy(target: Target, tool: Tool, replicas: int) -> None:
    target.scale(replicas)
    settled(target)
    resource = ("apps", "v1", "deployments", "UPDATE") if replicas == 1 else ("", "v1", "pods/eviction", "CREATE")
    with target.denied(*resource, "not during the freeze"):
        before = world(target.client)
        ended = tool.run(*FORCED, "--yes").exits(4)
        assert world(target.client) == before
    assert "not during the freeze" in ended.err
    assert "admission policy" in ended.err
    assert ("restart of Deployment" if replicas == 1 else "eviction of Pod") in ended.err


def test_a_node_that_is_not_ready(two: Target, tool: Tool) -> None:
    """Its process could go on unseen: refused, or where it happens after the look, the Lease is not taken from it."""
    with two.node_not_ready(), untouched(two):
        assert "node mgmt-0 of the leader's Pod is not Ready" in tool.run(*FORCED, "--yes").exits(4).err
    with asked(tool, *FORCED, "--timeout", "10s") as run:
        run.asks()
        with two.node_not_ready():
            run.answer()
            ended = run.end().exits(124)
    assert "gave up waiting: Pod" in ended.err
    assert "released the Lease" not in ended.err
    assert "run the command again" in ended.err
    finished = tool.run(*FORCED, "--yes").exits(0)
    assert "the leader's Pod has gone or is going already" in finished.err or "nothing to flush" in finished.err
    settled(two)


def test_what_is_in_progress_is_said(two: Target, tool: Tool) -> None:
    with paused_cluster(two.client, "e2e-leaving", initialized=True):
        path = f"{CAPI}/namespaces/e2e-leaving/clusters/new"
        two.client.patch(path, {"metadata": {"finalizers": ["e2e/hold"]}})
        two.client.delete(path)
        plan = tool.run(*FORCED, "--dry-run", "-o", "json").ok().json["plan"]
    assert plan["warnings"] == ["e2e-leaving/new is being deleted"]
    assert plan["clustersLosingCredentials"] == 5


# -- what cuts a run off


@contextlib.contextmanager
def stale(target: Target, tool: Tool) -> Iterator[None]:
    """The etcd CA was replaced under a leader that holds a credential. Afterwards the cluster is healthy, by a new leader."""
    holding(target)
    target.workload.rotate()
    yield
    settled(target)
    finished = tool.run(*REGENERATE, "--yes")
    if finished.code:  # nobody led yet when it looked
        settled(target)
        finished = tool.run(*REGENERATE, "--yes")
    finished.ok()
    target.workload.wait_healthy()
    assert "nothing to flush" in tool.run(*REGENERATE, "--yes").ok().err


EVICTING = ("evicted the leader's Pod", "the leader's process has ended", "released the Lease")
SURGING = ("restarted the Deployment", "a second Pod is Ready")
STEPS = [(2, step) for step in EVICTING] + [(1, step) for step in SURGING]
CUTS = [(*s, signal.SIGKILL) for s in STEPS] + [(*s, signal.SIGINT) for s in STEPS[::3]]
SHORT = (EVICTING[1:], signal.SIGKILL)
"""Cut off there, the next run has a leader at once; from the other steps on the lab waits minutes for it."""


@pytest.mark.parametrize(
    ("replicas", "step", "number"),
    [pytest.param(*c, marks=() if c[1] in SHORT[0] and c[2] == SHORT[1] else pytest.mark.long) for c in CUTS],
)
def test_cut_off_at_each_step(target: Target, tool: Tool, replicas: int, step: str, number: signal.Signals) -> None:
    target.scale(replicas)
    old = settled(target)
    with stale(target, tool):
        with asked(tool, *REGENERATE, "--yes") as run:
            run.said(step)
            run.signal(number)
            ended = run.end()
        assert ended.code in (-number, 130, 0)  # 0: it was done before the signal came
        assert "Traceback" not in ended.err
        assert ended.code != 130 or "run the command again" in ended.err
        begun = target.client.get(DEPLOYMENT)["metadata"]["generation"]
        again = tool.run(*REGENERATE, "--yes").exits(0, 4)
        told = ("nothing to flush", "no leader now", "has only just begun")
        assert "EtcdClusterHealthy=True" in again.out or any(words in again.err for words in told), again
        assert settled(target) != old
        assert target.client.get(DEPLOYMENT)["metadata"]["generation"] == begun  # what was begun is finished, not begun again


def test_the_api_server_dies_after_the_eviction(two: Target, tool: Tool) -> None:
    with stale(two, tool), asked(tool, *REGENERATE, "--yes") as run:
        run.said("evicted the leader's Pod")
        with two.api_server_stopped():
            run.said("trying again")
        assert "EtcdClusterHealthy=True" in run.end().ok().out

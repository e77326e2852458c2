"""Carrying out a flush, against a little cluster that changes under it as real ones do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_kcp.changes.clockwork import Clockwork
from kubectl_kcp.changes.flush import flush
from kubectl_kcp.changes.interface import EventText
from kubectl_kcp.errors import Forbidden, KcpError, Refused, Timeout, Unreachable
from kubectl_kcp.model.flush import FlushPlan, Identity, Way
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.render.flush import document, plan_text
from tests.schema import validate

CLUSTER = Identity(Ref("real", "w1"), "uid-w1")
DEPLOYMENT = Identity(Ref("capi", "kcp"), "uid-d")
LEADER = Identity(Ref("capi", "kcp-a"), "uid-a")
LEASE = Ref("capi", "lease")
PLAN = FlushPlan(
    CLUSTER,
    Way.EVICT,
    "stale",
    DEPLOYMENT,
    "v1.14.2",
    LEADER,
    "node-0",
    LEASE,
    "kcp-a_1",
    60.0,
    standby=(Ref("capi", "kcp-b"),),
    clusters=4,
    generation=3,
)


def pod(name: str, uid: str, ready: bool = True) -> dict[str, Any]:
    status = {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]}
    return {"metadata": {"namespace": "capi", "name": name, "uid": uid}, "status": status}


@dataclass
class LittleCluster:
    """Objects by plural and name; ``tick`` is called at each look, and changes the world."""

    objects: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    tick: Callable[[LittleCluster], None] = lambda _: None
    writes: list[str] = field(default_factory=list)

    def read(self, plural: str, ref: Ref) -> Mapping[str, Any] | None:
        self.tick(self)
        return self.objects.get((plural, ref.name))

    def pods(self, namespace: str, labels: Mapping[str, str]) -> list[Mapping[str, Any]]:
        self.tick(self)
        return [o for (plural, _), o in self.objects.items() if plural == "pods"]

    def event(self, kind: str, about: Identity, text: EventText) -> None:
        self.writes.append(f"event {kind}")

    def evict(self, target: Identity) -> None:
        self._check("pods", target)
        self.writes.append(f"evict {target.uid}")
        del self.objects["pods", target.ref.name]

    def restart(self, deployment: Identity, resource_version: str, at: dt.datetime) -> None:
        meta = self._check("deployments", deployment)
        if meta["resourceVersion"] != resource_version:
            raise Refused(f"Deployment {deployment} changed since it was looked at")
        self.writes.append(f"restart {resource_version}")
        self.objects["pods", "kcp-new"] = pod("kcp-new", "uid-new")

    def release(self, lease: Ref, holder: str) -> bool:
        spec = self.objects.get(("leases", lease.name), {}).get("spec", {})
        if spec.get("holderIdentity") != holder:
            return False
        self.writes.append("release")
        spec["holderIdentity"] = ""
        return True

    def annotate(self, plural: str, about: Identity, key: str, value: str) -> None:
        self._check(plural, about)
        self.writes.append("annotate")

    def whoami(self) -> str:
        return "jane"

    def _check(self, plural: str, about: Identity) -> dict[str, Any]:
        """Its metadata. Raises Refused where the object is not the one that was looked at, as the live changer does."""
        found = self.objects.get((plural, about.ref.name))
        if found is None or found["metadata"]["uid"] != about.uid:
            raise Refused(f"{plural} {about} is not what was looked at")
        meta: dict[str, Any] = found["metadata"]
        return meta

    def lead(self, holder: str) -> None:
        self.objects["leases", "lease"]["spec"].update(holderIdentity=holder, acquireTime="2026-11-24T12:00:05.000000Z")


def takes_over(cluster: LittleCluster) -> None:
    """The standby leads at its next try, once nobody holds the Lease."""
    if not cluster.objects["leases", "lease"]["spec"]["holderIdentity"]:
        cluster.lead("kcp-b_2")


@pytest.fixture
def cluster() -> LittleCluster:
    return LittleCluster(
        {
            ("clusters", "w1"): {"metadata": {"uid": "uid-w1"}},
            ("deployments", "kcp"): {
                "metadata": {"uid": "uid-d", "resourceVersion": "7", "generation": 3},
                "spec": {"selector": {"matchLabels": {"a": "b"}}},
            },
            ("leases", "lease"): {"spec": {"holderIdentity": "kcp-a_1", "acquireTime": "2026-11-24T10:00:00Z"}},
            ("nodes", "node-0"): {"status": {"conditions": [{"type": "Ready", "status": "True"}]}},
            ("pods", "kcp-a"): pod("kcp-a", "uid-a"),
            ("pods", "kcp-b"): pod("kcp-b", "uid-b"),
        },
        takes_over,
    )


def clock() -> Clockwork:
    """Time passes by sleeping only."""
    now = [0.0]
    return Clockwork(lambda _: None, 30.0, lambda: now[0], lambda s: now.__setitem__(0, now[0] + s))


def test_eviction_release_new_leader(cluster: LittleCluster) -> None:
    done = flush(PLAN, cluster, clock(), "a test")
    assert cluster.writes == ["event Cluster", "event Deployment", "evict uid-a", "release"]
    assert done.new_leader == Ref("capi", "kcp-b")
    assert [s.name for s in done.steps][-1] == "a new leader"


def test_a_surge_waits_for_the_second_pod_and_for_the_firsts_end(cluster: LittleCluster) -> None:
    looks = [0]

    def tick(c: LittleCluster) -> None:
        takes_over(c)
        if ("pods", "kcp-new") in c.objects:
            looks[0] += 1
            if looks[0] > 5:
                c.objects.pop(("pods", "kcp-a"), None)

    cluster.tick = tick
    done = flush(replace(PLAN, way=Way.SURGE, standby=()), cluster, clock(), "a test")
    assert cluster.writes == ["event Cluster", "event Deployment", "restart 7", "release"]
    assert "a second Pod is Ready and serves webhooks" in [s.name for s in done.steps]


def test_a_run_that_was_cut_off_is_finished(cluster: LittleCluster) -> None:
    del cluster.objects["pods", "kcp-a"]
    flush(replace(PLAN, way=Way.RESUME), cluster, clock(), "a test")
    assert cluster.writes == ["event Cluster", "event Deployment", "release"]


def test_the_lease_of_a_pod_whose_end_nobody_saw_is_left_to_end(cluster: LittleCluster) -> None:
    del cluster.objects["pods", "kcp-a"]
    cluster.tick = after(20, lambda c: c.lead("kcp-b_2"))
    flush(replace(PLAN, way=Way.RESUME, leader=None, node=""), cluster, clock(), "a test")
    assert "release" not in cluster.writes


def after(looks: int, change: Callable[[LittleCluster], None]) -> Callable[[LittleCluster], None]:
    """A ``tick`` that changes the world once, at that look."""
    left = [looks]

    def tick(cluster: LittleCluster) -> None:
        left[0] -= 1
        if left[0] == 0:
            change(cluster)

    return tick


def test_an_api_server_that_is_away_after_the_eviction_is_waited_for(cluster: LittleCluster) -> None:
    away = [0]

    def tick(c: LittleCluster) -> None:
        takes_over(c)
        if ("pods", "kcp-a") not in c.objects and away[0] < 10:
            away[0] += 1
            raise Unreachable("no route") if away[0] < 8 else Forbidden("it has not read its roles yet")

    cluster.tick = tick
    done = flush(PLAN, cluster, clock(), "a test")
    assert (away[0], done.new_leader) == (10, Ref("capi", "kcp-b"))
    assert cluster.writes.count("evict uid-a") == 1


@pytest.mark.parametrize("took_place", [True, False])
def test_an_eviction_whose_answer_was_lost(cluster: LittleCluster, took_place: bool) -> None:
    evict = cluster.evict

    def lost(target: Identity) -> None:
        if took_place:
            evict(target)
        raise Unreachable("cut off")

    cluster.evict = lost  # type: ignore[method-assign]
    if took_place:
        assert flush(PLAN, cluster, clock(), "a test").new_leader == Ref("capi", "kcp-b")
        return
    with pytest.raises(Unreachable, match="did not take place"):
        flush(PLAN, cluster, clock(), "a test")
    assert cluster.writes == ["event Cluster", "event Deployment"]


@pytest.mark.parametrize("error", [Forbidden("no right"), Refused("denied request")])
def test_a_lease_that_may_not_be_freed_ends_by_itself(cluster: LittleCluster, error: KcpError) -> None:
    def refuse(lease: Ref, holder: str) -> bool:
        cluster.tick = after(5, lambda c: c.lead("kcp-b_2"))
        raise error

    cluster.release = refuse  # type: ignore[method-assign]
    said: list[str] = []
    found = flush(PLAN, cluster, replace(clock(), say=said.append), "a test")
    assert found.new_leader == Ref("capi", "kcp-b")
    assert any("may not be freed" in line and "60 s" in line for line in said)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda o: o.pop(("clusters", "w1")), "deleted or re-created"),
        (lambda o: o["clusters", "w1"]["metadata"].update(uid="another"), "deleted or re-created"),
        (lambda o: o["leases", "lease"]["spec"].update(holderIdentity="kcp-b_9"), "has moved to kcp-b_9"),
        (lambda o: o["pods", "kcp-a"]["metadata"].update(uid="another"), "was replaced"),
        (lambda o: o.pop(("pods", "kcp-a")), "was replaced"),
        (lambda o: o["deployments", "kcp"]["metadata"].update(generation=4), r"was changed .* \(generation 3, now 4\)"),
        (lambda o: o["deployments", "kcp"]["metadata"].update(uid="another"), "Deployment capi/kcp was replaced"),
    ],
    ids=["deleted", "re-created", "lease", "pod", "pod-gone", "deployment-changed", "deployment"],
)
def test_a_world_that_moved_on_is_refused_and_nothing_touched(cluster: LittleCluster, change: Callable[[Any], None], words: str) -> None:
    change(cluster.objects)
    with pytest.raises(Refused, match=words):
        flush(PLAN, cluster, clock(), "a test")
    assert cluster.writes == []


def test_the_lease_of_a_node_that_is_not_ready_is_left_to_end(cluster: LittleCluster) -> None:
    cluster.objects["nodes", "node-0"]["status"]["conditions"][0]["status"] = "Unknown"
    waits = [0]

    def tick(c: LittleCluster) -> None:
        waits[0] += 1
        if waits[0] > 20:
            c.lead("kcp-b_2")  # the Lease ran out

    cluster.tick = tick
    flush(PLAN, cluster, clock(), "a test")
    assert "release" not in cluster.writes


def test_no_release_lease_leaves_it(cluster: LittleCluster) -> None:
    cluster.tick = lambda _: None
    with pytest.raises(Timeout, match="a new leader") as caught:
        flush(replace(PLAN, release_lease=False), cluster, clock(), "a test")
    assert "release" not in cluster.writes
    assert "60 s" in caught.value.hint.text("kubectl kcp")


def test_a_pod_that_does_not_end_is_not_overtaken(cluster: LittleCluster) -> None:
    def hangs(target: Identity) -> None:
        cluster.writes.append("evict")
        cluster.objects["pods", "kcp-a"]["metadata"]["deletionTimestamp"] = "now"

    cluster.evict = hangs  # type: ignore[method-assign]
    with pytest.raises(Timeout, match="kcp-a to end"):
        flush(PLAN, cluster, clock(), "a test")
    assert "release" not in cluster.writes


def test_the_plan_as_text_and_as_data(cluster: LittleCluster) -> None:

    done = flush(PLAN, cluster, clock(), "a test")
    for data in (document(PLAN, "STALE", dry_run=True), document(PLAN, "STALE", done)):
        validate(data, "flush")
    text = plan_text(PLAN, "STALE", 80)
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "4 clusters lose their cached credential" in text

"""The live changer against the sandbox's API server; and the contract that the little cluster of the flush tests keeps, too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.changes.interface import Changer, EventText
from kubectl_kcp.changes.live import RESTARTED_AT, LiveChanger
from kubectl_kcp.errors import Forbidden, KcpError, Refused
from kubectl_kcp.kube.api import Api
from kubectl_kcp.kube.kubeconfig import from_bytes
from kubectl_kcp.model.flush import Identity
from kubectl_kcp.model.reference import Ref
from tests.unit.changes.test_flush import LittleCluster
from tests.unit.sandbox.running import ADMIN, Running, deployment, pod, running

LEASE = {"metadata": {"namespace": "a", "name": "l"}, "spec": {"holderIdentity": "p_1"}}
NOW = datetime(2026, 11, 26, tzinfo=timezone.utc)
PATHS = {"pods": "/api/v1/namespaces/a/pods/p", "deployments": "/apis/apps/v1/namespaces/a/deployments/d"}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as made:
        made.put("pods", pod())
        made.put("deployments", deployment())
        made.put("leases", LEASE)
        yield made


def changer_of(api: Running, name: str, groups: tuple[str, ...] = ()) -> LiveChanger:
    return LiveChanger(Api(from_bytes(api.kubeconfig(name, groups).read_bytes(), name)))


@pytest.fixture(params=["live", "little"])
def changer(request: pytest.FixtureRequest, api: Running) -> Changer:
    """Both hold the same three objects."""
    live = changer_of(api, *ADMIN)
    if request.param == "live":
        return live
    little = LittleCluster()
    for plural, name in (("pods", "p"), ("deployments", "d"), ("leases", "l")):
        little.objects[plural, name] = copied(live.read(plural, Ref("a", name)))
    return little


def copied(found: object) -> dict[str, Any]:
    assert isinstance(found, dict)
    return found


def identity(changer: Changer, plural: str, name: str) -> Identity:
    found = copied(changer.read(plural, Ref("a", name)))
    return Identity(Ref("a", name), found["metadata"]["uid"])


def test_what_is_gone_reads_as_none(changer: Changer) -> None:
    assert changer.read("pods", Ref("a", "other")) is None
    assert changer.read("pods", Ref("a", "p")) is not None


def test_only_the_pod_that_was_looked_at_is_evicted(changer: Changer) -> None:
    seen = identity(changer, "pods", "p")
    with pytest.raises(Refused):
        changer.evict(Identity(seen.ref, "another"))
    with pytest.raises(Refused):
        changer.evict(Identity(Ref("a", "other"), seen.uid))
    changer.evict(seen)


def test_only_the_deployment_that_was_looked_at_is_restarted(changer: Changer) -> None:
    seen = identity(changer, "deployments", "d")
    version = copied(changer.read("deployments", seen.ref))["metadata"]["resourceVersion"]
    with pytest.raises(Refused):
        changer.restart(seen, "1" + version, NOW)
    with pytest.raises(Refused):
        changer.restart(Identity(Ref("a", "other"), seen.uid), version, NOW)
    changer.restart(seen, version, NOW)


def test_only_a_lease_that_names_the_holder_is_freed(changer: Changer) -> None:
    lease = Ref("a", "l")
    assert changer.release(lease, "another") is False
    assert changer.release(Ref("a", "other"), "p_1") is False
    assert changer.release(lease, "p_1") is True
    assert copied(changer.read("leases", lease))["spec"]["holderIdentity"] == ""
    assert changer.release(lease, "p_1") is False


def test_only_what_was_looked_at_is_annotated(changer: Changer) -> None:
    seen = identity(changer, "pods", "p")
    with pytest.raises(KcpError):
        changer.annotate("pods", Identity(seen.ref, "another"), "a/b", "c")
    changer.annotate("pods", seen, "a/b", "c")


def test_a_restart_is_kubectls(api: Running) -> None:
    changer = changer_of(api, *ADMIN)
    found = copied(changer.read("deployments", Ref("a", "d")))["metadata"]
    changer.restart(Identity(Ref("a", "d"), found["uid"]), found["resourceVersion"], NOW)
    annotations = api.get(PATHS["deployments"])["spec"]["template"]["metadata"]["annotations"]
    assert annotations == {RESTARTED_AT: "2026-11-26T00:00:00Z"}


def test_without_a_right_nothing_is_changed_and_the_cure_is_said(api: Running) -> None:
    admin, jane = changer_of(api, *ADMIN), changer_of(api, "jane")
    seen = identity(admin, "deployments", "d")
    with pytest.raises(Forbidden) as read:
        jane.read("pods", Ref("a", "p"))
    with pytest.raises(Refused, match="nothing is changed") as event:
        jane.event("Deployment", seen, EventText("Flush", "Restart", "words"))
    with pytest.raises(Refused, match="the restart of Deployment") as restart:
        jane.restart(seen, "1", NOW)
    for failed in (read, event, restart):
        assert "access check prints the line" in failed.value.hint.text("kubectl kcp")


def test_an_event_names_who_and_what(api: Running) -> None:
    changer = changer_of(api, *ADMIN)
    changer.event("Deployment", identity(changer, "deployments", "d"), EventText("Flush", "Restart", "m" * 2000))
    [event] = api.get("/api/v1/namespaces/a/events")["items"]
    assert (event["reason"], event["action"], len(event["message"])) == ("Flush", "Restart", 1024)
    assert event["involvedObject"]["name"] == "d"
    assert changer.whoami() == "admin"

"""``doctor``: nothing is told of a healthy management cluster; of a broken one the right finding comes first, and ends with its cause."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.leading import holding, settled
from tests.e2e.making.controllers import LEASES
from tests.e2e.making.etcd import flush
from tests.e2e.making.webhooks import served_by
from tests.e2e.situations import SITUATIONS, Situation
from tests.e2e.target import Target
from tests.e2e.test_told_apart import refused_lately
from tests.e2e.tool import Tool
from tests.e2e.world import World
from tests.lab.cluster import until
from tests.lab.processes import LabError

SHORT = ("A Cluster is paused, and forgotten for two days", "A webhook without caBundle", "The etcd CA was changed in etcd alone")
"""Situations that are looked at in each run of the suite."""


def look(tool: Tool, window: str = "1s") -> list[Any]:
    """The findings, in the order in which they are told."""
    ran = tool.run("doctor", "-A", "--window", window, "--request-timeout", "5s", "-o", "json").exits(0, 1, 3)
    found: list[Any] = ran.json["findings"]
    if any(f["severity"] == "error" for f in found):
        ran.exits(1)
    return found


def nothing(tool: Tool) -> bool:
    return not look(tool)


@pytest.fixture
def healthy(target: Target, tool: Tool, bound: Tool) -> Iterator[None]:
    """Before and afterwards."""
    well(target, tool, bound)
    yield
    well(target, tool, bound)


def well(target: Target, tool: Tool, bound: Tool) -> None:
    if len(target.pods()) != 1:
        target.scale(1)
    target.workload.wait_healthy()
    settled(target)
    if refused_lately(target):
        flush(tool)
        target.workload.wait_healthy()
    holding(target)
    settle_lease(target)
    until("nothing to be told", lambda: nothing(bound), 60)


def settle_lease(target: Target) -> None:
    """The suite has changed the leader more often in this hour than any operator does."""
    lease = next(x for x in target.client.items(LEASES) if x["spec"].get("holderIdentity"))
    target.client.patch(f"{LEASES}/{lease['metadata']['name']}", {"spec": {"leaseTransitions": 0}})


@pytest.mark.parametrize("replicas", [2, 1])
def test_of_a_healthy_one_nothing_is_told(target: Target, bound: Tool, replicas: int) -> None:
    target.scale(replicas)
    target.workload.wait_healthy()
    for _ in range(3):
        ran = bound.run("doctor", "-A").ok()
        assert "nothing wrong was found\n" in ran.out
        assert "looked at: 4 clusters, 24 certificates, 4 controllers" in ran.out
        assert "not looked at" not in ran.out
        assert ran.err == ""
        time.sleep(1)


def _case(situation: Situation) -> Any:
    return pytest.param(situation, id=situation.name, marks=() if situation.name in SHORT else pytest.mark.long)


@pytest.mark.parametrize("situation", [_case(s) for s in SITUATIONS])
@pytest.mark.usefixtures("healthy")
def test_the_first_finding(target: Target, tool: Tool, bound: Tool, situation: Situation) -> None:
    if situation.lab and target.name != "lab":
        pytest.skip("only a real controller shows it")
    seen: list[list[Any]] = []

    def told() -> Any:
        seen.append(look(bound, situation.window))
        first = seen[-1][0] if seen[-1] else None
        return first if first is not None and first["code"] == situation.code else None

    with situation.make(target, tool):
        try:
            first = until(situation.code, told, 90)
        except LabError as e:
            raise AssertionError(f"{e}; told was {seen[-1:]}") from e
        assert situation.words in first["seen"], first
        same_without_names(bound)


def same_without_names(tool: Tool) -> None:
    """A recording made now, and the same without names: judged alike."""
    case, nameless = "situation.tar.gz", "situation-nameless.tar.gz"
    tool.run("bundle", case, "--seconds", "1", "--request-timeout", "5s", "--force").exits(0, 3)
    tool.run("bundle", "redact", case, nameless, "--force").exits(0, 3)
    told = [
        [(f["code"], f["severity"], f["subject"]["kind"], len(f["evidence"])) for f in ran.json["findings"]]
        for b in (case, nameless)
        for ran in [tool.run("doctor", "-A", "--bundle", b, "-o", "json").exits(0, 1, 3)]
    ]
    assert told[0] == told[1]


def test_what_servers_show(target: Target, bound: Tool) -> None:
    """With ``--verify``: of a healthy one nothing is told, and a webhook that shows a certificate of another CA than its caBundle's is
    found by a handshake with its Pod."""
    words = ("doctor", "real/w1", "--verify", "--window", "1s", "-o", "json")
    target.workload.wait_healthy()
    well = bound.run(*words).exits(0, 3).json
    assert [f["code"] for f in well["findings"] if f["severity"] == "error"] == []
    with served_by(target, target.pods()[0], 8443):
        found = bound.run(*words).exits(1).json["findings"]
    assert found[0]["code"] == "webhook-ca-foreign", found[0]
    assert found[0]["subject"]["name"] == "e2e"
    assert found[0]["evidence"][0]["source"].endswith("port 8443")


def test_without_secrets_the_rest_is_told(target: Target, tool: Tool) -> None:
    ran = World(target, tool, "doctor-plain", flags=()).run("doctor -A --window 1s").exits(3)
    assert "Secrets: certificates and credentials are judged by Machines and conditions alone" in " ".join(ran.out.split())
    assert "access check prints the line that grants it" in ran.err


def test_a_user_without_any_right(target: Target, tool: Tool) -> None:
    ran = tool.as_user(target.user("nobody")).run("doctor", "-A", "--window", "1s").exits(3)
    assert "nothing could be looked at" in ran.out
    assert "nothing wrong" not in ran.out
    assert "forbidden" in ran.err
    assert "access check" in ran.err


def test_the_api_server_is_away(target: Target, bound: Tool) -> None:
    with target.api_server_stopped():
        ran = bound.run("doctor", "-A").exits(4)
    assert "cannot be reached" in ran.err

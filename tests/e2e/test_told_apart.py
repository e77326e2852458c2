"""What keeps KCP and etcd apart, each made for real: what the commands say of it, and that no flush is offered where none helps.

External etcd, which KCP does not connect to, is told apart in tests/etcd/test_external.py.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.leading import holding
from tests.e2e.making.etcd import flush
from tests.e2e.paused import paused_cluster
from tests.e2e.target import NAMESPACE, Target
from tests.e2e.tool import Ran, Tool
from tests.lab.cluster import until

W1 = ("w1", "-n", "real")
SECRETS = "/api/v1/namespaces/real/secrets"
CLOSED = "https://127.0.0.1:1"
"""Where nobody listens."""


class Seen:
    """What each command says now."""

    def __init__(self, tool: Tool) -> None:
        self.tool = tool

    def credential(self, *args: str) -> Any:
        return self.tool.run("certs", "credentials", *W1, "-o", "json", *args).exits(0, 3).json["items"][0]

    def etcd_server(self) -> list[str]:
        """How the certificates stand that etcd's members show."""
        found = self.tool.run("certs", "inspect", *W1, "--verify", "-o", "json").exits(0, 3).json["items"][0]["certificates"]
        return [c["state"] for c in found if c["kind"] == "etcd-server"]

    def status(self, *args: str) -> str:
        """As a person reads it, warnings and all."""
        ran = self.tool.run("certs", "status", *W1, *args).exits(0, 3)
        return " ".join(f"{ran.out} {ran.err}".split())

    def etcd(self) -> Ran:
        return self.tool.run("etcd", "status", *W1).exits(0, 3)

    def plan(self) -> Ran:
        return self.tool.run("certs", "regenerate", *W1, "--restart-leader", "--dry-run").exits(0, 4)

    def nothing_to_flush(self) -> None:
        assert "nothing to flush" in self.plan().ok().err

    def refused(self, *words: str) -> None:
        ran = self.plan().exits(4)
        for word in words:
            assert word in ran.err, ran.err

    def reached_and_fresh(self) -> None:
        found = self.credential("--verify")
        assert (found["state"], found["inferred"]) == ("FRESH", False), found
        self.nothing_to_flush()

    def no_verdict(self, reason: str, words: str) -> None:
        """Neither a verdict on etcd nor a cure: the reason, and beside it what KCP itself sees."""
        found = self.credential("--verify")
        assert (found["state"], found["inferred"]) == ("UNKNOWN", False), found
        assert reason in found["reason"], found
        assert any("KCP's condition EtcdClusterHealthy" in e["text"] for e in found["evidence"]), found
        shown = self.status("--verify")
        assert "UNKNOWN" in shown
        assert words in shown
        assert words in self.etcd().exits(3).err


@pytest.fixture
def seen(target: Target, tool: Tool) -> Iterator[Seen]:
    """Of a healthy cluster with one leader, which holds a credential, and whose log tells of no refusal by which the tool still goes;
    afterwards it is one again."""
    target.scale(1)
    target.workload.wait_healthy()
    if refused_lately(target):
        flush(tool)
        target.workload.wait_healthy()
    holding(target)
    yield Seen(tool)
    target.workload.wait_healthy()


@contextmanager
def undone(undo: Callable[[], object]) -> Iterator[None]:
    try:
        yield
    finally:
        undo()


def refused_lately(target: Target) -> bool:
    """Tests follow each other faster than the minute that the tool counts to one story."""
    log = target.client.raw(f"/api/v1/namespaces/{NAMESPACE}/pods/{target.leader()}/log?sinceSeconds=90")
    return b"tls: " in log or b"x509: " in log


def told_by_log(credential: Any) -> Any:
    return credential if any("KCP's log" in e["text"] for e in credential["evidence"]) else None


@pytest.mark.long  # tests/e2e/test_incident.py sees the same on its way
def test_a_stale_credential(target: Target, tool: Tool, seen: Seen) -> None:
    target.workload.rotate()
    with undone(lambda: flush(tool)):
        target.workload.wait_noticed()
        inferred = until("KCP's log to tell why", lambda: told_by_log(seen.credential()))  # its condition says "deadline exceeded" alone
        observed = seen.credential("--verify")
        assert (inferred["state"], inferred["inferred"]) == ("STALE", True)
        assert (observed["state"], observed["inferred"]) == ("STALE", False)
        assert "a new credential reaches etcd" in observed["reason"]
        assert "certs regenerate" in seen.status("--verify")
        assert "ok" in seen.etcd().ok().out
        assert "restarted" in seen.plan().ok().out


@pytest.mark.long
def test_etcd_stopped(target: Target, seen: Seen) -> None:
    target.workload.stop_etcd()
    with undone(target.workload.start_etcd):
        target.workload.wait_noticed()
        found = seen.credential()
        assert found["state"] == "FRESH"
        assert "another cause" in found["reason"]
        assert "another cause" in seen.status()
        seen.no_verdict("no route to etcd from here (port-forward", "the workload API server does not reach its etcd")
        seen.nothing_to_flush()


@pytest.mark.parametrize(
    ("make", "words", "cure", "state"),
    [
        ("expire_etcd_certificate", "has expired", "renew etcd's server certificate", "EXPIRED"),
        ("postpone_etcd_certificate", "not valid yet", "clock", "NOT_YET_VALID"),
    ],
    ids=["expired", "clock"],
)
def test_etcds_server_certificate_out_of_its_time(target: Target, seen: Seen, make: str, words: str, cure: str, state: str) -> None:
    getattr(target.workload, make)()
    with undone(target.workload.renew_etcd_certificate):
        found = seen.credential("--verify")
        assert (found["state"], found["inferred"]) == ("SERVER_CERTIFICATE", False)
        assert words in found["reason"]
        assert cure in found["action"]
        assert words in seen.status("--verify")
        assert seen.etcd_server() == [state]
        assert words in seen.etcd().exits(3).err
        seen.refused(words, cure)


def test_the_ca_changed_in_the_secret_alone(target: Target, seen: Seen, tool: Tool) -> None:
    """KCP's cached credential is the one that still works: a flush would lock it out."""
    target.workload.rotate_secret_only()

    def follow() -> None:
        target.workload.follow_secret()
        flush(tool)

    with undone(follow):
        assert seen.credential()["state"] in ("SUSPECT", "CA_MISMATCH")
        found = seen.credential("--verify")
        assert (found["state"], found["inferred"]) == ("CA_MISMATCH", False)
        assert "in one place only" in found["reason"]
        assert "CA_MISMATCH" in seen.status("--verify")
        assert "not signed by the CA in the cluster's Secret" in seen.etcd().exits(3).err
        leader = target.leader()
        refused = tool.run("certs", "regenerate", *W1, "--restart-leader", "--yes").exits(4)
        assert "CA_MISMATCH" in refused.err
        assert target.leader() == leader


def test_the_ca_changed_in_etcd_alone(target: Target, seen: Seen, tool: Tool) -> None:
    target.workload.rotate_etcd_only()

    def follow() -> None:
        target.workload.follow_secret()
        target.workload.wait_healthy()

    with undone(follow):
        assert seen.credential("--verify")["state"] == "CA_MISMATCH"
        target.workload.wait_noticed()
        found = until("KCP's log to tell why", lambda: told_by_log(seen.credential()))
        assert found["state"] == "CA_MISMATCH", found
        assert "CA_MISMATCH" in seen.status()
        assert seen.etcd_server() == ["INVALID"]
        assert "not signed by the CA in the cluster's Secret" in seen.etcd().exits(3).err
        seen.refused("CA_MISMATCH", "make Secret real/w1-etcd and etcd's")


def test_the_ca_renewed_with_the_same_key(target: Target, seen: Seen) -> None:
    target.workload.renew_ca()
    assert seen.credential()["state"] == "FRESH"
    target.workload.wait_healthy()
    seen.reached_and_fresh()


def test_the_secret_restored(target: Target, seen: Seen) -> None:
    target.workload.restore_secret()
    found = seen.credential()
    assert found["state"] == "FRESH"
    assert any("created anew" in e["text"] for e in found["evidence"]), found
    seen.reached_and_fresh()


def test_the_workload_api_stopped(target: Target, seen: Seen) -> None:
    target.workload.stop_api()
    with undone(target.workload.start_api):
        seen.no_verdict("no route to etcd from here (dial", "the workload API server cannot be reached from here")
        seen.nothing_to_flush()


def test_our_route_blocked(target: Target, seen: Seen) -> None:
    """KCP's connection goes on; the kubeconfig leads nowhere from here."""
    path = f"{SECRETS}/w1-kubeconfig"
    before = target.client.get(path)["data"]["value"]
    kubeconfig = base64.b64decode(before).decode()
    server = next(line.split()[-1] for line in kubeconfig.splitlines() if line.strip().startswith("server:"))
    blocked = base64.b64encode(kubeconfig.replace(server, CLOSED).encode()).decode()
    target.client.patch(path, {"data": {"value": blocked}})
    with undone(lambda: target.client.patch(path, {"data": {"value": before}})):
        assert seen.credential()["state"] == "FRESH"
        seen.no_verdict("no route to etcd from here (dial", "the workload API server cannot be reached from here")
        seen.nothing_to_flush()
        assert target.workload.etcd_healthy() == "True"


def test_a_cluster_just_created(target: Target, seen: Seen) -> None:
    """Nobody has reached its control plane yet, so nothing can be cached."""
    with paused_cluster(target.client, "e2e-new"):
        found = seen.tool.run("certs", "credentials", "new", "-n", "e2e-new", "-o", "json").exits(0, 3).json["items"][0]
        assert found["state"] == "ABSENT", found
        assert "not initialized yet" in found["reason"]
        shown = seen.tool.run("certs", "status", "new", "-n", "e2e-new", "--verify").exits(0, 3)
        assert "ABSENT" in shown.out
        plan = seen.tool.run("certs", "regenerate", "new", "-n", "e2e-new", "--restart-leader", "--dry-run").ok()
        assert "nothing to flush" in plan.err


@pytest.mark.parametrize(("name", "state"), [("v1.4.2-10-clusters", "NOT_CACHED"), ("v1.5.8-10-clusters", "KEY_ONLY")])
def test_versions_that_cache_no_certificate(tool: Tool, recording: Callable[[str], Path], name: str, state: str) -> None:
    found = tool.run("certs", "credentials", "--bundle", str(recording(name)), "-o", "json").exits(0, 3).json["items"]
    assert found
    assert {item["state"] for item in found} == {state}
    shown = tool.run("certs", "status", "--bundle", str(recording(name))).exits(0, 3).out
    assert state in shown

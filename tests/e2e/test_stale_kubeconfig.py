"""A workload cluster's address moves while KCP's connection lives: what each command says of it, and that a restart ends it."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.leading import holding
from tests.e2e.target import DEPLOYMENT, Target
from tests.e2e.tool import Ran, Tool
from tests.lab.cluster import until
from tests.lab.relay import Relay

SECRET = "/api/v1/namespaces/real/secrets/w1-kubeconfig"
SERVER = re.compile(r"server: https://127\.0\.0\.1:(\d+)")
W1 = ("w1", "-n", "real")


class Moving:
    """The workload cluster behind addresses of ours. Its kubeconfig is what its users find at the end as it was."""

    def __init__(self, target: Target, tool: Tool) -> None:
        self.target, self.tool = target, tool
        self._before: str = target.client.get(SECRET)["data"]["value"]
        self.relays: list[Relay] = []
        found = SERVER.search(base64.b64decode(self._before).decode())
        assert found is not None
        self._port = int(found[1])

    def move(self) -> Relay:
        """To a new address, and the kubeconfig with it."""
        relay = Relay(self._port)
        self.relays.append(relay)
        text = SERVER.sub(f"server: https://127.0.0.1:{relay.port}", base64.b64decode(self._before).decode())
        self._write(base64.b64encode(text.encode()).decode())
        return relay

    def _write(self, value: str) -> None:
        self.target.client.patch(SECRET, {"data": {"value": value}})

    def restart(self) -> None:
        """As ``kubectl rollout restart`` does."""
        before = self.target.leader()
        at = dt.datetime.now(dt.timezone.utc).isoformat()
        annotations = {"kubectl.kubernetes.io/restartedAt": at}
        self.target.client.patch(DEPLOYMENT, {"spec": {"template": {"metadata": {"annotations": annotations}}}})
        until("another leader", lambda: self.target.leader() not in ("", before))
        self.target.workload.wait_healthy()
        holding(self.target)

    def undo(self) -> None:
        self._write(self._before)
        self.restart()
        for relay in self.relays:
            relay.close()

    def cache(self, *args: str) -> Ran:
        return self.tool.run("cache", *W1, *args).exits(0, 3)

    def kubeconfig(self, *args: str) -> Any:
        """What ``cache`` says of KCP's."""
        item = self.cache("-o", "json", *args).json["items"][0]
        return next(c for c in item["connections"] if c["provider"] == "control-plane-kubeadm")["kubeconfig"]

    def told(self, state: str) -> Any:
        found = self.kubeconfig("--with-secrets")
        return found if found is not None and found["state"] == state else None


@pytest.fixture
def moving(target: Target, bound: Tool) -> Iterator[Moving]:
    target.scale(1)
    made = Moving(target, bound)
    try:
        yield made
    finally:
        made.undo()


@pytest.mark.long
def test_the_address_moves_while_the_connection_lives(target: Target, moving: Moving) -> None:
    old = moving.move()
    moving.restart()
    assert moving.told("FRESH"), moving.kubeconfig("--with-secrets")
    old.refuse()
    new = moving.move()
    target.workload.wait_noticed()

    stale = until("KCP's log to tell why", lambda: moving.told("STALE"))
    assert f"dial tcp 127.0.0.1:{old.port}: connect: connection refused" in stale["reason"]
    assert f"127.0.0.1:{new.port}" in stale["reason"]
    assert "rollout restart" in stale["action"]
    shown = moving.cache("--with-secrets").out
    assert "STALE (kcp)" in shown
    assert "[kubeconfig-stale]" in shown
    credential = moving.tool.run("certs", "credentials", *W1, "-o", "json").exits(0, 3).json
    assert credential["items"][0]["state"] == "FRESH", "etcd's credential is another matter"
    assert credential["items"][0]["kubeconfig"]["state"] == "STALE"
    assert credential["findings"][0]["code"] == "kubeconfig-stale"
    without = moving.kubeconfig()
    assert without["state"] == "SUSPECT"
    assert str(old.port) in without["reason"]

    moving.restart()
    fresh = until("a connection that is younger than the kubeconfig", lambda: moving.told("FRESH"))
    assert fresh["changedAt"] is None
    assert "[kubeconfig-" not in moving.cache("--with-secrets").out

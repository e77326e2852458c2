"""Where the flags of a controller have it serve its diagnostics: securely, without TLS, elsewhere, or not at all."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.target import Target
from tests.e2e.tool import Tool
from tests.lab.cluster import is_ready, until

NAMESPACE = "capi-kubeadm-bootstrap-system"
DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/capi-kubeadm-bootstrap-controller-manager"
PROFILER = "--profiler-address=localhost:6060"
INSECURE = "--insecure-diagnostics=true"
OFF = "--diagnostics-address=0"


@contextmanager
def with_args(target: Target, *args: str) -> Iterator[None]:
    """The bootstrap provider's controller started anew with these, too."""
    before = target.client.get(DEPLOYMENT)["spec"]["template"]["spec"]["containers"]
    changed = copy.deepcopy(before)
    names = {arg.split("=")[0] for arg in args}
    changed[0]["args"] = [*(a for a in changed[0]["args"] if a.split("=")[0] not in names), *args]
    try:
        rolled_out(target, changed)
        yield
    finally:
        rolled_out(target, before)


def rolled_out(target: Target, containers: list[dict[str, object]]) -> None:
    target.client.patch(DEPLOYMENT, {"spec": {"template": {"spec": {"containers": containers}}}})
    until("the rollout", lambda: there(target, containers[0]["args"]))


def there(target: Target, args: object) -> bool:
    pods = [p for p in target.client.items(f"/api/v1/namespaces/{NAMESPACE}/pods") if "deletionTimestamp" not in p["metadata"]]
    return len(pods) == 1 and is_ready(pods[0]) and bool(pods[0]["spec"]["containers"][0]["args"] == args)


@pytest.fixture(scope="module", autouse=True)
def one(target: Target) -> None:
    target.scale(1)


@pytest.mark.parametrize(
    ("args", "metrics", "profiles"),
    [
        ((INSECURE,), "", "--insecure-diagnostics serves metrics only"),
        ((INSECURE, PROFILER), "", ""),
        ((OFF,), "--diagnostics-address=0 turns its endpoint off: set --diagnostics-address=:8443", "set --diagnostics-address=:8443"),
        ((OFF, PROFILER), "--diagnostics-address=0 turns its endpoint off", ""),
    ],
    ids=["insecure", "insecure and profiler", "off", "profiler alone"],
)
def test_what_the_flags_say(target: Target, bound: Tool, args: tuple[str, ...], metrics: str, profiles: str) -> None:
    with with_args(target, *args):
        for command, why in (("top --window 1s", metrics), ("profile heap", profiles)):
            ran = until("its process to listen", lambda c=command, w=why: asked(bound, c, w))
            providers = {item["provider"] for item in ran.json["items"]}
            assert providers >= {"cluster-api", "control-plane-kubeadm", "infrastructure-docker"}
            assert ("bootstrap-kubeadm" in providers) is (why == "")
            assert [why in error["reason"] for error in ran.json["errors"]] == ([True] if why else [])


def asked(tool: Tool, command: str, why: str) -> object:
    """The answer; nothing while a new process does not listen yet, or an old Pod is on its way out."""
    ran = tool.run(*command.split(), "-o", "json").exits(0, 3)
    settled = (ran.code == 3) is bool(why) and len(ran.json["errors"]) == int(bool(why))
    return ran if settled and "may not listen" not in ran.out else None

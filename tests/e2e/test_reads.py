"""Every command that reads, as a user who has what ``access manifest`` grants, live and on the bundle taken then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kcp.cli.main import COMMANDS
from tests.e2e.target import Target
from tests.e2e.tool import Tool
from tests.lab.cluster import until
from tests.schema import validate

PROVIDERS = {"cluster-api", "bootstrap-kubeadm", "control-plane-kubeadm", "infrastructure-docker"}
CLUSTERS = {("default", "c000"), ("default", "c001"), ("default", "c002"), ("real", "w1")}
DOCUMENTED: dict[str, tuple[str, ...]] = {  # schema: commands that print it, and work on a bundle
    "certs-status": ("certs status -A", "certs inspect real/w1"),
    "certs-credentials": ("certs credentials -A",),
    "top": ("top --window 1s",),
    "cache": ("cache -A", "cache -A --with-secrets"),
    "log-level": ("log-level show",),
    "doctor": ("doctor -A --window 1s --fail-on never",),
    "profile": ("profile --seconds 5", "profile heap", "profile allocs", "profile goroutine", "profile block", "profile mutex"),
}
ALL = [(schema, command) for schema, commands in DOCUMENTED.items() for command in commands]


@pytest.fixture(scope="module")
def jane(target: Target, bound: Tool) -> Tool:
    """With two Pods of the KubeadmControlPlane controller."""
    target.scale(2)
    target.workload.wait_healthy()
    return bound


@pytest.fixture(scope="module")
def bundle(jane: Tool) -> Path:
    ran = jane.run("bundle", "case.tar.gz", "--seconds", "1").exits(0)
    assert "5 Pods" in ran.err
    return jane.keep("case.tar.gz")


def document(tool: Tool, schema: str, *args: str) -> Any:
    made = tool.run(*args, "-o", "json").exits(0).json
    validate(made, schema)
    assert made["errors"] == []
    return made


def shape(value: Any, path: str = "") -> Iterator[str]:
    """The path of every key; the items of a list count as one. ``?`` ends the path of a null or of an empty list."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from shape(inner, f"{path}.{key}")
    elif isinstance(value, list) and value:
        for item in value:
            yield from shape(item, f"{path}[]")
    else:
        yield path if value not in (None, []) else f"{path}?"


def alike(one: Any, other: Any) -> bool:
    """Whether both have the same keys, as far as neither has a null or an empty list in their place."""
    paths = set(shape(one)) | set(shape(other))
    empty = tuple(path[:-1] for path in paths if path.endswith("?"))
    first, second = ({path for path in shape(value) if not path.startswith(empty)} for value in (one, other))
    return first == second


def without(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {k: without(inner, key) for k, inner in value.items() if k != key}
    return [without(item, key) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("schema", "command"), ALL, ids=[command for _, command in ALL])
def test_live_and_on_the_bundle_it_has_the_documented_form(jane: Tool, bundle: Path, schema: str, command: str) -> None:
    live = document(jane, schema, *command.split())
    recorded = document(jane, schema, *command.split(), "--bundle", str(bundle))
    assert live.get("items") or live["lookedAt"]["clusters"]
    assert alike(live, recorded)


@pytest.mark.parametrize("command", ["certs status -A", "certs inspect real/w1", "certs credentials -A"])
def test_what_does_not_move_is_the_same_on_the_bundle(jane: Tool, bundle: Path, command: str) -> None:
    """All but the time that is left, where nothing moved between the looks before and after the recording."""

    def look(*more: str) -> Any:
        return without(jane.run(*command.split(), "-o", "json", *more).ok().json, "secondsLeft")

    def unmoved() -> Any:
        before = look()
        jane.run("bundle", "again.tar.gz", "--seconds", "1", "--force").exits(0)
        return before if before == look() else None

    live, case = look(), str(bundle)
    if live != look("--bundle", case):
        live, case = until("nothing to move while it is recorded", unmoved, 60), str(jane.keep("again.tar.gz"))
    assert live == look("--bundle", case)


def test_controllers_versions_and_leaders(target: Target, jane: Tool) -> None:
    items = jane.run("top", "--window", "1s", "-o", "json").ok().json["items"]
    assert {item["provider"] for item in items} == PROVIDERS
    assert {item["version"] for item in items} == {"v1.14.2"}
    kcp = {item["pod"]: item["leader"] for item in items if item["provider"] == "control-plane-kubeadm"}
    leader = target.leader()
    assert kcp == {pod["metadata"]["name"]: pod["metadata"]["name"] == leader for pod in target.pods()}
    assert len(kcp) == 2
    table = jane.run("top", "--window", "1s").ok().out
    marked = [line for line in table.splitlines() if line.startswith("kcp") and "*" in line]
    assert len(marked) == 1
    assert leader.rpartition("-")[2] in marked[0]


def test_profiles_of_all_controllers_at_once(target: Target, jane: Tool) -> None:
    items = jane.run("profile", "--seconds", "1", "-o", "json").ok().json["items"]
    assert {item["provider"] for item in items} == PROVIDERS
    assert sum(item["leader"] is True for item in items if item["provider"] == "control-plane-kubeadm") == 1
    assert {item["version"] for item in items} == {"v1.14.2"}


def test_certificates_of_every_cluster(jane: Tool) -> None:
    items = jane.run("certs", "status", "-A", "-o", "json").ok().json["items"]
    assert {(item["namespace"], item["name"]) for item in items} == CLUSTERS
    for item in items:
        assert {c["kind"] for c in item["certificates"]} == {"ca", "etcd", "proxy", "sa", "kubeconfig", "apiserver"}
        assert item["state"] == "VALID"
        assert item["credential"]["state"] == "FRESH"


def test_the_controllers_connections(jane: Tool) -> None:
    items = jane.run("cache", "-A", "-o", "json").ok().json["items"]
    assert {(item["namespace"], item["name"]) for item in items} == CLUSTERS


def test_etcd_with_a_credential_of_our_own(jane: Tool) -> None:
    status = document(jane, "etcd-status", "etcd", "status", "w1", "-n", "real")
    members = document(jane, "etcd-status", "etcd", "members", "w1", "-n", "real")
    assert [(item["name"], item["reached"]) for item in status["items"]] == [("w1", True)]
    assert members["items"][0]["members"] == status["items"][0]["members"]
    verified = jane.run("certs", "status", "w1", "-n", "real", "--verify", "-o", "json").ok().json
    assert verified["items"][0]["credential"]["state"] == "FRESH"


def test_certificates_that_servers_show(jane: Tool) -> None:
    found = document(jane, "certs-status", "certs", "inspect", "w1", "-n", "real", "--verify")["items"][0]["certificates"]
    shown = {c["kind"]: c for c in found if c["checks"] and c["checks"][0]["name"] == "handshake"}
    assert set(shown) == {"apiserver", "etcd-server"}
    for certificate in shown.values():
        assert (certificate["state"], certificate["checks"][0]["result"]) == ("VALID", "ok")
        assert certificate["notBefore"]
        assert certificate["names"]
    text = jane.run("certs", "inspect", "w1", "-n", "real", "--verify").ok().out
    assert "handshake: ok: shown by " in text


def test_every_right_is_there(jane: Tool) -> None:
    made = jane.run("access", "check", "-o", "json").exits(0).json
    validate(made, "access")
    assert made["user"] == "jane"
    assert {item["command"] for item in made["items"] if not item["changes"] and item["rights"] != "ok"} == set()


@pytest.mark.parametrize("command", ["certs status -A", "certs credentials -A", "top --window 1s", "cache -A", "access check"])
def test_other_outputs(jane: Tool, command: str) -> None:
    args = command.split()
    table, wide = (jane.run(*args, "-o", form).ok().out for form in ("table", "wide"))
    assert len(wide.splitlines()[0]) > len(table.splitlines()[0]) or command == "access check"
    assert jane.run(*args).ok().out.split()[0] == table.split()[0]
    assert list(yaml.safe_load(jane.run(*args, "-o", "yaml").ok().out)) == list(jane.run(*args, "-o", "json").ok().json)


def test_names(target: Target, jane: Tool) -> None:
    clusters = {f"cluster.cluster.x-k8s.io/{name}" for _, name in CLUSTERS}
    for command in ("certs status -A", "certs credentials -A", "cache -A"):
        assert set(jane.run(*command.split(), "-o", "name").ok().out.split()) == clusters
    pods = jane.run("top", "--window", "1s", "-o", "name").ok().out.split()
    assert {f"pod/{pod['metadata']['name']}" for pod in target.pods()} < set(pods)


def test_metrics_for_an_alert(jane: Tool) -> None:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    page = jane.run("certs", "status", "-A", "-o", "openmetrics").ok().out
    families = list(text_string_to_metric_families(page))
    assert {sample.labels.get("cluster", sample.labels.get("name")) for f in families for sample in f.samples} >= {n for _, n in CLUSTERS}


@pytest.mark.parametrize("columns", [80, 200])
def test_notes_fit_the_window(jane: Tool, columns: int) -> None:
    """Tables are as wide as they are; sentences below them are folded."""
    sentences = jane.run("cache", "-A", "--with-secrets", columns=columns).ok().out.partition("\n\n")[2]
    assert all(len(line) <= columns for line in sentences.splitlines())


def test_every_command_that_reads_is_in_here() -> None:
    mine = {command.split()[0] for _, command in ALL} | {"etcd", "access", "bundle", "export"}
    assert mine | {"demo", "completion", "explain", "version"} == set(COMMANDS)


def test_two_cpu_profiles_at_once_wait_for_each_other(jane: Tool) -> None:
    """A process takes one at a time, and refuses the second at once."""
    words = ("profile", "--controller", "kcp", "--seconds", "2", "-o", "json")
    with jane.started(*words) as first:
        second = jane.run(*words).ok().json
        assert first.end().ok().json["errors"] == second["errors"] == []

"""One management cluster by several contexts, as several would be: two that work, one whose user may nothing, one that nobody serves."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.target import Target
from tests.e2e.tool import Tool
from tests.schema import validate

BOTH = {"site-a", "site-b"}
COMMANDS = {
    "certs-status": ("certs", "status", "-A"),
    "certs-credentials": ("certs", "credentials", "-A"),
    "cache": ("cache", "-A"),
    "top": ("top", "--window", "1s"),
    "doctor": ("doctor", "-A", "--window", "1s", "--fail-on", "never"),
    "profile": ("profile", "goroutine"),
    "access": ("access", "check"),
}


@pytest.fixture(scope="module")
def sites(target: Target, bound: Tool, folder: Path) -> Iterator[Tool]:
    """A kubeconfig with all of them; ``site-a`` and ``site-b`` are asked by the same user, who has what reading takes."""
    target.workload.wait_healthy()
    working, barred = (yaml.safe_load(path.read_text()) for path in (bound.kubeconfig, target.user("barred")))
    users = {"jane": working, "barred": barred}
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        cluster = working["clusters"][0]["cluster"]
        served = {"served": cluster, "gone": {**cluster, "server": f"https://127.0.0.1:{closed.getsockname()[1]}"}}
        ways = {"site-a": ("served", "jane"), "site-b": ("served", "jane"), "barred": ("served", "barred"), "gone": ("gone", "jane")}
        config = folder / "sites.kubeconfig"
        config.touch(mode=0o600)
        made = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": inner} for name, inner in served.items()],
            "users": [{"name": name, "user": of["users"][0]["user"]} for name, of in users.items()],
            "contexts": [{"name": name, "context": {"cluster": at, "user": by}} for name, (at, by) in ways.items()],
        }
        config.write_text(yaml.safe_dump(made))
        yield bound.as_user(config)


@pytest.mark.parametrize("schema", COMMANDS)
def test_each_says_the_same_of_both(sites: Tool, schema: str) -> None:
    """And of the others why not. The same cluster by two ways: all that does not change between two looks is the same."""
    made = sites.run(*COMMANDS[schema], "--contexts", "*", "-o", "json").exits(3).json
    validate(made, schema)
    assert {c["context"]: c["read"] for c in made["contexts"]} == {"site-a": True, "site-b": True, "barred": True, "gone": False}
    if schema != "doctor":
        of = {site: [_named(i) for i in made["items"] if i["context"] == site] for site in BOTH}
        assert of["site-a"]
        assert sorted(of["site-a"]) == sorted(of["site-b"])
    assert [e["kind"] for e in made["errors"] if e["subject"] == "context gone"] == ["unreachable"]
    if schema != "access":
        assert "forbidden" in {e["kind"] for e in made["errors"] if e["context"] == "barred"}


def _named(item: dict[str, str]) -> tuple[str, str]:
    return str(item.get("namespace")), str(item.get("name") or item.get("pod") or item.get("command"))


def test_a_command_that_changes_takes_one(sites: Tool) -> None:
    assert "--contexts" in sites.run("certs", "flush", "real/w1", "--contexts", "*").exits(2).err

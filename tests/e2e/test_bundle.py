"""``bundle``: what was recorded of a broken management cluster is judged as the cluster itself."""

from __future__ import annotations

import tarfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.logs.reader import parse
from tests.e2e.leading import holding
from tests.e2e.paused import paused_cluster
from tests.e2e.target import Target
from tests.e2e.test_told_apart import flush
from tests.e2e.tool import Tool
from tests.lab.cluster import until

DOCTOR = ("doctor", "-A", "--window", "1s", "-o", "json")


def keys(tool: Tool, *words: str) -> list[Any]:
    """Code and subject of each finding, in their order."""
    return [(f["code"], f["subject"]) for f in tool.run(*DOCTOR, *words).exits(0, 1).json["findings"]]


def recorded(tool: Tool, name: str, *words: str) -> Path:
    tool.run("bundle", name, "--seconds", "1", *words).exits(0)
    return tool.keep(name)


@pytest.fixture
def broken(target: Target, tool: Tool) -> Any:
    """The cached credential of ``real/w1`` is stale, and a cluster that was initialized has no Secrets."""
    target.scale(1)
    target.workload.wait_healthy()
    holding(target)
    target.workload.rotate()
    try:
        target.workload.wait_noticed()
        with paused_cluster(target.client, "e2e-bundle", initialized=True):
            yield
    finally:
        flush(tool)
        target.workload.wait_healthy()


@pytest.mark.usefixtures("broken")
def test_the_same_findings_live_and_on_the_bundle_taken_then(bound: Tool) -> None:
    """Compared where nothing moved between the looks before and after the recording."""
    tries = iter(range(100))

    def unmoved() -> Any:
        before = keys(bound)
        case = recorded(bound, f"broken-{next(tries)}.tar.gz")
        return (before, case) if before == keys(bound) else None

    live, case = until("nothing to move while it is recorded", unmoved, 60)
    assert {"etcd-credential-stale", "certificate-missing"} <= {code for code, _ in live}
    assert keys(bound, "--bundle", str(case)) == live


def test_recorded_without_names(bound: Tool) -> None:
    """Live: the same findings as the recording with names, and none of the names of clusters."""
    case = recorded(bound, "named.tar.gz")
    nameless = recorded(bound, "nameless.tar.gz", "--redact-names")
    assert bound.run("bundle", "inspect", str(nameless), "-o", "json").ok().json["namesRedacted"] is True
    codes = [[code for code, _ in keys(bound, "--bundle", str(b))] for b in (case, nameless)]
    assert codes[0] == codes[1]
    names = {c["name"] for c in bound.run("certs", "status", "-A", "-o", "json").exits(0, 3).json["items"] if len(c["name"]) > 3}
    assert names
    with tarfile.open(nameless) as tar:
        held = b"".join(f.read() for m in tar if (f := tar.extractfile(m)) is not None)
    assert not {n for n in names for quoted in (f'"{n}"', f'/{n}"') if quoted.encode() in held}


def test_logs_from_a_time_on(bound: Tool) -> None:
    """Also where nothing was written since: an empty log is one."""
    whole = recorded(bound, "whole.tar.gz")
    case = recorded(bound, "since.tar.gz", "--since", "1s")
    since = bound.run("bundle", "inspect", str(case), "-o", "json").ok().json["logsSince"]
    assert bound.run("bundle", "inspect", str(whole), "-o", "json").ok().json["logsSince"] is None
    short, long = logs(case), logs(whole)
    assert set(short) == set(long)
    assert sum(map(len, short.values())) < sum(map(len, long.values()))
    now, then = datetime.now(timezone.utc), datetime.fromisoformat(since.replace("Z", "+00:00")).replace(microsecond=0)
    assert all(line.at >= then for text in short.values() for line in [parse(text.partition("\n")[0], now)] if line and line.at)
    judged = bound.run(*DOCTOR, "--bundle", str(case)).exits(0, 1, 3)
    assert {e["kind"] for e in judged.json["errors"]} <= {"undecided"}, "what was before is not looked at, and said so"


def logs(case: Path) -> dict[str, str]:
    with tarfile.open(case) as tar:
        found = {m.name: tar.extractfile(m) for m in tar if m.name.endswith("/log.txt")}
        return {name: f.read().decode() for name, f in found.items() if f is not None}

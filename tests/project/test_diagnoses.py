"""docs/diagnoses.md: what ``doctor`` tells first, by situation. Rows of situations are proved by tests/e2e/test_doctor.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.findings.catalogue import CATALOGUE
from tests.e2e.situations import SITUATIONS

PAGE = Path(__file__).parents[2] / "docs/diagnoses.md"
RECORDINGS = {
    "v1.14.2-healthy": "a healthy one, v1.14.2",
    "v1.14.2-stale-credential": "the etcd CA was changed, and KCP is locked out",
    "v1.14.2-ca-changed-not-noticed": "the etcd CA was changed, and KCP has not looked yet",
    "v1.4.2-10-clusters": "v1.4.2 with 10 idle clusters (issue 8602)",
    "v1.4.2-0-clusters": "v1.4.2 without clusters",
    "v1.5.8-10-clusters": "v1.5.8 with 10 clusters",
}
HEAD = """# Which finding comes first

[`doctor`](commands/doctor.md) was tried in each of these situations. This page is made by `pytest tests/project --update`.

## Made on a management cluster

Each begins with a healthy cluster, of which nothing is told, and ends with one. `pytest tests/e2e/test_doctor.py --target lab` makes them
with real API servers, etcd and controllers; with `--target sandbox` the sandbox does, but for those that are marked "lab".
Ages that nobody waits for (a pause of two days) are written into the stored object. Where "status written" stands, the event itself is not
made: its status is written as the controller or the kubelet writes it.

| situation | first finding | severity | where |
|---|---|---|---|
| A healthy one, with one and with two KCP Pods | none | | lab, sandbox |
"""
RECORDED = """
## Recorded management clusters

| recording | first finding | severity |
|---|---|---|
"""


def told(code: str) -> str:
    return f"[{code}](diagnoses/{code}.md) | {CATALOGUE[code].severity.value}" if code else "none |"


def test_the_page(recording: Callable[[str], Path], capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> None:
    rows = [
        f"| {s.name} | {told(s.code)} | {'lab' if s.lab else 'lab, sandbox'}{'; status written' if s.written else ''} |" for s in SITUATIONS
    ]
    recorded = [f"| {words} | {told(first(str(recording(name)), capsys))} |" for name, words in RECORDINGS.items()]
    wanted = HEAD + "\n".join(rows) + "\n" + RECORDED + "\n".join(recorded) + "\n"
    known = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if known != wanted and request.config.getoption("--update"):
        PAGE.write_text(wanted, encoding="utf-8")
    assert known == wanted, "run with --update and look"


def first(bundle: str, capsys: pytest.CaptureFixture[str]) -> str:
    run(["doctor", "-A", "--bundle", bundle, "-o", "json"], "kubectl kcp")
    found = json.loads(capsys.readouterr().out)["findings"]
    return str(found[0]["code"]) if found else ""

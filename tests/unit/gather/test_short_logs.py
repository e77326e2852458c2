"""Bundles whose logs do not reach as far back as what is asked of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import ExitCode
from kubectl_kcp.gather.bundle import Wanted, gather_bundle
from kubectl_kcp.gather.inventory import gather_controllers
from kubectl_kcp.logs.reader import written_since
from kubectl_kcp.sources.bundle.open import open_bundle

STALE = "v1.14.2-stale-credential"
NOW = datetime(2026, 11, 23, 22, 13, 50, tzinfo=timezone.utc)
BEGAN = datetime(2026, 11, 23, 22, 7, 59, tzinfo=timezone.utc)
"""When the controllers' processes began in that recording."""

Told = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def since(recording: Callable[[str], Path], tmp_path: Path) -> Callable[[datetime], Path]:
    """The recording as ``bundle --since`` would have made it."""

    def made(begins: datetime) -> Path:
        case = tmp_path / "case"
        shutil.copytree(recording(STALE), case)
        (case / "manifest.json").write_text(json.dumps({"format": 1, "secretsByName": True, "logsSince": begins.isoformat(), "errors": []}))
        for log in case.glob("controllers/*/log.txt"):
            log.write_text("".join(f"{line}\n" for line in written_since(log.read_text().splitlines(), begins, NOW)))
        return case

    return made


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    def typed(*words: str) -> tuple[int, dict[str, Any]]:
        code = run([*words, "-o", "json"], "kubectl kcp")
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return code, found

    return typed


def unseen(document: dict[str, Any]) -> list[str]:
    return [e["reason"] for e in document["errors"] if e["kind"] == "undecided" and "not looked at" in e["reason"]]


def test_doctor_says_what_it_did_not_look_at(since: Callable[[datetime], Path], told: Told) -> None:
    case = since(NOW - timedelta(minutes=2))
    code, document = told("doctor", "-A", "--bundle", str(case), "--fail-on", "never")
    reasons = unseen(document)
    assert code == ExitCode.INCOMPLETE
    assert sum("reconciles that failed from 2026-11-23 21:13:50Z until then" in r for r in reasons) == 4, "one of each controller"
    assert any("etcd's refusals from 2026-11-23 22:10:58Z until then" in r for r in reasons)
    (stale,) = [f for f in document["findings"] if f["code"] == "etcd-credential-stale"]
    assert any("begins here" in e["text"] for e in stale["evidence"])


def test_a_log_that_is_as_old_as_its_process_is_whole(since: Callable[[datetime], Path], told: Told) -> None:
    code, document = told("doctor", "-A", "--bundle", str(since(BEGAN)), "--fail-on", "never")
    assert (code, unseen(document)) == (ExitCode.OK, [])


def test_throttling_is_not_known_where_the_window_is_not_covered(since: Callable[[datetime], Path], told: Told) -> None:
    """The metrics pages were taken 10 s apart, the first at 22:13:36."""
    covered = since(NOW - timedelta(minutes=1))
    assert unseen(told("top", "--bundle", str(covered))[1]) == []
    shutil.rmtree(covered)
    document = told("top", "--bundle", str(since(NOW - timedelta(seconds=8))))[1]
    assert any("requests that waited" in r for r in unseen(document))


def test_the_last_lines_alone_are_marked_so(recording: Callable[[str], Path], tmp_path: Path) -> None:
    """What ``bundle`` keeps of a long log begins later than the log did."""
    from kubectl_kcp.cli.bundle.save import Redacting, save

    with open_bundle(str(recording(STALE))) as source:
        found = gather_bundle(source, Wanted(0.0, lines=100))
        whole = gather_bundle(source, Wanted(0.0))
    assert all(p.log_begins is None for p in whole.pods)
    save(found, str(tmp_path / "cut.tar.gz"), False, Redacting())
    with open_bundle(str(tmp_path / "cut.tar.gz")) as cut:
        pods = [p for c in gather_controllers(cut).items for p in c.pods]
        begins = {p.name: cut.log_begins(p) for p in pods}
        for pod in pods:
            lines = list(cut.log(pod))
            assert (begins[pod.name] is not None) == (len(lines) == 100)
            assert begins[pod.name] is None or BEGAN < begins[pod.name] <= NOW  # type: ignore[operator]
        assert any(begins.values())

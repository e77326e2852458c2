"""``doctor --since``: findings of a recording, dated by a real Prometheus."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import ExitCode
from tests.prometheus.stories import END, SCRAPE, START
from tests.schema import validate

BROKE = START + dt.timedelta(hours=1)


def diagnosed(capsys: pytest.CaptureFixture[str], *options: str, code: int = 0) -> dict[str, Any]:
    assert run(["doctor", "--bundle", "demo:issue-8602", "-o", "json", *options], "kubectl kcp") == code
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    validate(document, "doctor")
    return document


def asking(prometheus: str) -> tuple[str, ...]:
    return ("--since", "2h", "--at", END.isoformat(), "--prometheus", prometheus)


def test_the_incident_s_cause_is_dated(prometheus: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = {f["code"]: f for f in diagnosed(capsys)["findings"]}
    found = {f["code"]: f for f in diagnosed(capsys, *asking(prometheus))["findings"]}
    assert set(found) == {*before, "load-risen"}
    for code in ("etcd-client-keys", "workers-saturated", "load-risen"):
        since = dt.datetime.fromisoformat(found[code]["since"].replace("Z", "+00:00"))
        assert abs((since - BROKE).total_seconds()) <= SCRAPE, code
    assert (before["etcd-client-keys"]["since"], before["etcd-client-keys"]["seen"]) == (None, found["etcd-client-keys"]["seen"])
    assert found["etcd-client-keys"]["evidence"][-1]["text"] == "first seen: CPU: 300m, 2m before"
    assert found["load-risen"]["consequenceOf"]["code"] == "etcd-client-keys"
    assert found["release-lacks-fixes"] == before["release-lacks-fixes"]


def test_another_cluster_s_pods_say_nothing_of_this_one(prometheus: str, capsys: pytest.CaptureFixture[str]) -> None:
    document = diagnosed(capsys, *asking(prometheus), "--match", 'job="healthy"', code=ExitCode.INCOMPLETE)
    assert not {"scrapes-missing", "process-restarted-in-window"} & {f["code"] for f in document["findings"]}
    (error,) = document["errors"]
    assert error["reason"] == "none of its Pods is one of this management cluster's"


def test_a_store_that_does_not_answer_leaves_the_findings(capsys: pytest.CaptureFixture[str]) -> None:
    before = diagnosed(capsys)["findings"]
    document = diagnosed(capsys, "--since", "2h", "--prometheus", "http://127.0.0.1:1", code=ExitCode.INCOMPLETE)
    assert document["findings"] == before
    (error,) = document["errors"]
    assert (error["kind"], error["subject"]) == ("unreachable", "history of controllers")

"""``top --since`` against a real Prometheus: the recording's own figures, since when, gaps and restarts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import ExitCode
from kubectl_kcp.gather.top import gather_usage
from kubectl_kcp.model.metrics import PodUsage, Quantiles
from kubectl_kcp.sources.bundle.open import open_bundle
from tests.prometheus.conftest import STORIES
from tests.prometheus.stories import END, SCRAPE, START
from tests.schema import validate

Asked = Callable[..., dict[str, Any]]
BROKE = START + dt.timedelta(hours=1)
ROOT = Path(__file__).parents[2]
AT = ("--since", "2h", "--at", END.isoformat())


@pytest.fixture
def asked(prometheus: str, capsys: pytest.CaptureFixture[str]) -> Asked:
    """``top --since`` as JSON, by the story's name or by further options."""

    def ask(*options: str, code: int = 0) -> dict[str, Any]:
        assert run(["top", *AT, "--prometheus", prometheus, "-o", "json", *options], "kubectl kcp") == code
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        validate(document, "history")
        return document

    return ask


def figures(document: dict[str, Any], provider: str, reconciler: str | None = None) -> dict[str, dict[str, Any]]:
    pod = next(i for i in document["items"] if i["provider"] == provider)
    return {f["figure"]: f for f in pod["figures"] if f["reconciler"] == reconciler}


def measured(recording: Path, provider: str) -> PodUsage:
    with open_bundle(str(recording)) as source:
        return next(u for u in gather_usage(source, 0).items if u.controller.provider == provider)


@pytest.mark.parametrize("provider", ["control-plane-kubeadm", "cluster-api"])
@pytest.mark.parametrize("story", ["before", "after", "healthy"])
def test_figures_are_the_recordings(story: str, provider: str, asked: Asked, recording: Callable[[str], Path]) -> None:
    """Within 2 %; the store's labels are not told to us, and in two of the stories are not Cluster API's own."""
    found = figures(asked("--match", f'job="{story}"'), provider)
    usage = measured(recording(STORIES[story].chapters[0][1]), provider)
    duration = usage.duration or Quantiles(0)
    wanted = {
        "cpu": usage.cpu,
        "memory": usage.memory,
        "goroutines": usage.goroutines,
        "reconciles": usage.rate,
        "errors": (usage.results or {}).get("error"),
        "p50": duration.p50,
        "p99": duration.p99,
        "queue": usage.queue_depth,
        "longest": usage.longest,
        "requests": usage.requests,
        "request-errors": usage.request_errors,
    }
    for figure, value in wanted.items():
        for which in ("min", "median", "max", "now"):
            assert found[figure][which] == (None if value is None else pytest.approx(value, rel=0.02)), (figure, which)


def test_the_beginning_of_the_incident_within_one_scrape(asked: Asked) -> None:
    found = figures(asked(), "control-plane-kubeadm")
    for figure in ("cpu", "goroutines", "requests"):
        since = dt.datetime.fromisoformat(found[figure]["since"].replace("Z", "+00:00"))
        assert abs((since - BROKE).total_seconds()) <= SCRAPE, figure
    assert found["cpu"]["before"] == pytest.approx(2, abs=1)
    assert (found["errors"]["high"], found["errors"]["since"]) == (False, None)


def test_what_is_wrong_says_since_when(asked: Asked) -> None:
    findings = {f["code"]: f for f in asked()["findings"]}
    assert set(findings) == {"workers-saturated", "load-risen"}
    since = dt.datetime.fromisoformat(findings["workers-saturated"]["since"].replace("Z", "+00:00"))
    assert abs((since - BROKE).total_seconds()) <= SCRAPE


def test_wrong_all_the_time_is_since_the_beginning_or_earlier(asked: Asked) -> None:
    (finding,) = asked("--match", 'job="before"')["findings"]
    assert (finding["code"], finding["since"]) == ("workers-saturated", None)
    assert "since 10:00:00Z or earlier" in finding["seen"]


def test_after_the_fix_nothing_is_wrong(asked: Asked) -> None:
    assert asked("--match", 'job="after"')["findings"] == []


def test_gaps_and_restarts_are_told(asked: Asked) -> None:
    document = asked("--match", 'job="healthy"')
    pods = {i["provider"]: i for i in document["items"]}
    kcp = pods["control-plane-kubeadm"]
    assert kcp["restarts"] == ["2025-06-01T10:30:00Z"]
    assert kcp["gaps"] == [{"start": "2025-06-01T11:14:45Z", "end": "2025-06-01T11:25:00Z"}]
    assert (pods["cluster-api"]["restarts"], pods["cluster-api"]["gaps"]) == ([], [])
    assert {f["code"] for f in document["findings"]} == {"process-restarted-in-window", "scrapes-missing"}
    inside = range((4500 + 2 * SCRAPE) // SCRAPE, 5100 // SCRAPE)
    memory = next(f for f in kcp["figures"] if f["figure"] == "memory")["points"]
    assert [memory[i] for i in inside] == [None] * len(inside)


def test_a_longer_time_than_points(asked: Asked) -> None:
    """A point for several scrapes; a change shows at the point that follows it."""
    document = asked("--since", "12h")
    assert document["stepSeconds"] == 3 * SCRAPE
    cpu = figures(document, "control-plane-kubeadm")["cpu"]
    assert cpu["now"] == pytest.approx(300, rel=0.02)
    since = dt.datetime.fromisoformat(cpu["since"].replace("Z", "+00:00"))
    assert abs((since - BROKE).total_seconds()) <= document["stepSeconds"]


def test_a_controller_of_its_own(asked: Asked) -> None:
    assert [i["provider"] for i in asked("--controller", "kcp")["items"]] == ["control-plane-kubeadm"]


def test_a_job_that_is_not_there(prometheus: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["top", *AT, "--prometheus", prometheus, "--match", 'job="nosuch"'], "kubectl kcp") == ExitCode.FAILED
    err = capsys.readouterr().err
    assert 'no controller\'s series with job="nosuch" between 2025-06-01 10:00:00Z and 2025-06-01 12:00:00Z' in err
    assert "jobs there: after, before, capi-providers, healthy" in err


def test_as_a_person_reads_it(prometheus: str, capsys: pytest.CaptureFixture[str], golden: Callable[[str, str], None]) -> None:
    assert run(["top", *AT, "--prometheus", prometheus, "--controller", "kcp"], "kubectl kcp") == 0
    text = capsys.readouterr().out.replace(prometheus, "http://prometheus:9090")
    golden("history/incident.txt", text)
    assert text in (ROOT / "docs/history.md").read_text(encoding="utf-8")


def test_as_a_page(prometheus: str, capsys: pytest.CaptureFixture[str], golden: Callable[[str, str], None]) -> None:
    assert run(["top", *AT, "--prometheus", prometheus, "--controller", "kcp", "-o", "html"], "kubectl kcp") == 0
    page = capsys.readouterr().out.replace(prometheus, "http://prometheus:9090")
    assert "<script" not in page
    assert "http" not in page.replace("http://prometheus:9090", "").replace('http-equiv="Content-Security-Policy"', "")
    assert '<polyline points="' in page
    assert '<span class="high">since 11:00:15Z (2m before)</span>' in page

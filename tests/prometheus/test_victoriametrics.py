"""The same figures from VictoriaMetrics (Debian's), which speaks Prometheus' API; skipped where it is not installed."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_kcp.cli.main import run
from tests.prometheus.conftest import free_port, wait_ready
from tests.prometheus.stories import END, SCRAPE, START
from tests.schema import validate

VICTORIA = shutil.which("victoria-metrics")


@pytest.fixture(scope="module")
def victoria(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if VICTORIA is None:
        pytest.skip("victoria-metrics (Debian's package) is not installed")
    url = f"http://127.0.0.1:{free_port()}"
    folder = tmp_path_factory.mktemp("victoria")
    command = [VICTORIA, f"-storageDataPath={folder}", f"-httpListenAddr={url.removeprefix('http://')}", "-retentionPeriod=100y"]
    process = subprocess.Popen([*command, "-loggerLevel=ERROR"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_ready(f"{url}/health", process)
        # its import wants milliseconds, and the incident will do
        with samples.open(encoding="utf-8") as file:
            lines = [line for line in file if 'job="capi-providers"' in line]
        body = "".join(f"{head} {round(float(at) * 1000)}\n" for head, _, at in (line.rpartition(" ") for line in lines))
        urllib.request.urlopen(urllib.request.Request(f"{url}/api/v1/import/prometheus", body.encode(), method="POST"), timeout=60).close()
        urllib.request.urlopen(f"{url}/internal/force_flush", timeout=60).close()
        yield url
    finally:
        process.terminate()
        process.wait(30)


def test_the_incident(victoria: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["top", "--since", "2h", "--at", END.isoformat(), "--prometheus", victoria, "--controller", "kcp", "-o", "json"]
    assert run(command, "kubectl kcp") == 0
    document = json.loads(capsys.readouterr().out)
    validate(document, "history")
    found = {f["figure"]: f for f in document["items"][0]["figures"] if not f["reconciler"]}
    assert found["cpu"]["now"] == pytest.approx(300, rel=0.02)
    assert found["cpu"]["before"] == pytest.approx(2, rel=0.1)
    assert found["p99"]["now"] == pytest.approx(8.97, rel=0.02)
    since = [found[name]["since"] for name in ("cpu", "goroutines", "requests")]
    hour = START.replace(hour=11)
    assert all(abs(_time(s) - hour.timestamp()) <= SCRAPE for s in since)
    assert {f["code"] for f in document["findings"]} == {"workers-saturated", "load-risen"}


def _time(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()

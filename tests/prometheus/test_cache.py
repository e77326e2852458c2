"""``cache --since``: since when a connection is down, by a real Prometheus, where the log does not tell."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import ExitCode
from kubectl_kcp.knowledge.figures import STARTED
from tests.prometheus.conftest import OWN_LABELS, PROMTOOL, serving
from tests.prometheus.stories import END, HOURS, SCRAPE, START, processes

UP = "capi_cluster_cache_connection_up"
CLUSTER = 'cluster_name="w1",cluster_namespace="real"'
BROKE = 3600
AT = ("--since", "2h", "--at", END.isoformat())


@pytest.fixture
def down(recording: Callable[[str], Path], tmp_path: Path) -> Path:
    """The healthy recording, but that KCP has no connection to real/w1."""
    folder = tmp_path / "down"
    shutil.copytree(recording("v1.14.2-healthy"), folder)
    page = folder / "controllers/kcp/metrics-2.txt"
    text = page.read_text(encoding="utf-8")
    assert f"{UP}{{{CLUSTER}}} 1" in text
    page.unlink()
    page.write_text(text.replace(f"{UP}{{{CLUSTER}}} 1", f"{UP}{{{CLUSTER}}} 0"), encoding="utf-8")
    return folder


def stored(recording: Path, folder: Path) -> None:
    """Blocks in which the connection falls after an hour."""
    pod = next(p.usage.pod for p in processes(recording) if p.usage.controller.is_kcp)
    labels = ",".join(
        f'{k}="{v.format(pod=pod.name, namespace=pod.namespace, provider="control-plane-kubeadm")}"' for k, v in OWN_LABELS.items()
    )
    file = folder / "samples.txt"
    times = range(0, HOURS * 3600 + 1, SCRAPE)
    with file.open("w", encoding="utf-8") as out:
        out.writelines(f"{STARTED}{{{labels}}} 1 {START.timestamp() + t:.0f}\n" for t in times)
        out.writelines(f"{UP}{{{CLUSTER},{labels}}} {int(t < BROKE)} {START.timestamp() + t:.0f}\n" for t in times)
        out.write("# EOF\n")
    assert PROMTOOL is not None
    subprocess.run([PROMTOOL, "tsdb", "create-blocks-from", "openmetrics", "-q", file, folder], check=True, capture_output=True)


def connection(bundle: Path, capsys: pytest.CaptureFixture[str], *options: str, code: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    assert run(["cache", "-n", "real", "w1", "--bundle", str(bundle), "-o", "json", *options], "kubectl kcp") == code
    document = json.loads(capsys.readouterr().out)
    return next(c for c in document["items"][0]["connections"] if c["provider"] == "control-plane-kubeadm"), document


@pytest.mark.skipif(PROMTOOL is None, reason="prometheus (Debian's package) is not installed")
def test_since_when(down: Path, recording: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, _ = connection(down, capsys)
    assert (before["state"], before["since"]) == ("DOWN", None)
    folder = tmp_path / "tsdb"
    folder.mkdir()
    stored(recording("v1.14.2-healthy"), folder)
    with serving(folder) as url:
        found, document = connection(down, capsys, *AT, "--prometheus", url)
    assert (found["since"], document["errors"]) == ("2025-06-01T11:00:00Z", [])


def test_a_store_that_does_not_answer_leaves_the_rest(down: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, document = connection(down, capsys, *AT, "--prometheus", "http://127.0.0.1:1", code=ExitCode.INCOMPLETE)
    assert (found["state"], found["since"]) == ("DOWN", None)
    assert [e["kind"] for e in document["errors"]] == ["unreachable"]

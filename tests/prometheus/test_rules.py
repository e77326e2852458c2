"""The alert rules in observability/: checked by promtool, on the recorded incidents and on healthy ones."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace  # noqa: TID251 - of a dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kcp.cli.main import run
from kubectl_kcp.findings.catalogue import CATALOGUE
from tests.prometheus.conftest import OWN_LABELS, STORIES
from tests.prometheus.stories import Story, notation

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "observability"
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian: prometheus) is not installed")
Recording = Callable[[str], Path]


def rules(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))["groups"][0]["rules"]
    return found


def promtool(*words: str | Path) -> str:
    done = subprocess.run([str(PROMTOOL), *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_promtool
@pytest.mark.parametrize("name", ["certificates.rules.yaml", "controllers.rules.yaml", "findings.rules.yaml"])
def test_prometheus_takes_the_rules(name: str) -> None:
    assert f"SUCCESS: {len(rules(name))} rules found" in promtool("check", "rules", FOLDER / name)


def test_each_runbook_is_a_page_of_ours() -> None:
    for path in FOLDER.glob("*.rules.yaml"):
        for rule in rules(path.name):
            page = rule["annotations"]["runbook_url"].partition("/blob/main/")[2]
            codes = sorted(CATALOGUE) if "{{" in page else [""]
            assert all((ROOT / re.sub(r"\{\{.*\}\}", code, page)).is_file() for code in codes), rule["alert"]


def fired(folder: Path, name: str, series: Mapping[str, str], at: str, alerts: Iterable[str], interval: str = "15s") -> set[str]:
    """Which of these alerts fire at that time. promtool compares with what it is told, so it is told that none does."""
    document = {
        "rule_files": [str(FOLDER / name)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": interval,
                "input_series": [{"series": head, "values": values} for head, values in series.items()],
                "alert_rule_test": [{"eval_time": at, "alertname": alert, "exp_alerts": []} for alert in alerts],
            }
        ],
    }
    path = folder / "rules.test.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    done = subprocess.run([str(PROMTOOL), "test", "rules", str(path)], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    found = set(re.findall(r"alertname: ?(\w+), time: [^\n]*\n\s+exp:\[\]", said))
    assert (done.returncode == 0) == (not found), said
    return found


OF_CONTROLLERS = [r["alert"] for r in rules("controllers.rules.yaml")]
BEFORE = Story(((0, "v1.4.2-10-clusters"),), OWN_LABELS)
AFTER = replace(BEFORE, chapters=((0, "v1.5.8-10-clusters"),))
HEALTHY = replace(BEFORE, chapters=((0, "v1.14.2-healthy"),))


@needs_promtool
@pytest.mark.parametrize(
    ("story", "at", "alerts"),
    [
        (BEFORE, "110m", {"CapiWorkersSaturated"}),
        (STORIES["incident"], "55m", set()),
        (STORIES["incident"], "95m", {"CapiWorkersSaturated", "CapiLoadRisen"}),
        (AFTER, "110m", set()),
        (HEALTHY, "110m", set()),
    ],
    ids=["before the fix", "before the incident", "in the incident", "after the fix", "healthy"],
)
def test_what_fires_on_the_recordings(story: Story, at: str, alerts: set[str], recording: Recording, tmp_path: Path) -> None:
    series = notation(story, {name: recording(name) for _, name in story.chapters})
    assert fired(tmp_path, "controllers.rules.yaml", series, at, OF_CONTROLLERS) == alerts


WHO = 'job="capi-providers",namespace="n",pod="p",provider="control-plane-kubeadm"'
UP = {f"up{{{WHO}}}": "1x480"}
QUEUE, OF = f'{WHO},name="machine"', f'{WHO},controller="machine"'
CONNECTED = "capi_cluster_cache_connection_up"
CLUSTER = f'{CONNECTED}{{{WHO},cluster_namespace="c",cluster_name="c1"}}'
OTHER = CLUSTER.replace('pod="p"', 'pod="q"')


@needs_promtool
@pytest.mark.parametrize(
    ("series", "alerts"),
    [
        (
            {
                f'workqueue_queue_duration_seconds_bucket{{{QUEUE},le="10"}}': "0+1x480",
                f'workqueue_queue_duration_seconds_bucket{{{QUEUE},le="100"}}': "0+9x480",
                f'workqueue_queue_duration_seconds_bucket{{{QUEUE},le="+Inf"}}': "0+9x480",
            },
            {"CapiReconcilesLate"},
        ),
        ({f"workqueue_longest_running_processor_seconds{{{QUEUE}}}": "0+15x480"}, {"CapiReconcileHangs"}),
        ({f"workqueue_depth{{{QUEUE}}}": "0+1x480"}, {"CapiQueueGrowing"}),
        ({f'workqueue_depth{{{QUEUE},priority="-100"}}': "0+1x480", f'workqueue_depth{{{QUEUE},priority="0"}}': "3x480"}, set()),
        (
            {
                f'controller_runtime_reconcile_total{{{OF},result="error"}}': "0+8x480",
                f'controller_runtime_reconcile_total{{{OF},result="success"}}': "0+2x480",
            },
            {"CapiReconcilesFailing"},
        ),
        (
            {
                f'capi_reconcile_total{{{OF},result="error"}}': "0+2x480",
                f'capi_reconcile_total{{{OF},result="success"}}': "0+8x480",
                f'controller_runtime_reconcile_total{{{OF},result="error"}}': "0+8x480",
            },
            set(),
        ),
        ({CLUSTER: "0x480", OTHER: "0x480"}, {"CapiClusterNotReached"}),
        ({CLUSTER: "0x480", OTHER: "1x480"}, {"CapiClusterNotReachedBySome"}),
        ({CLUSTER: "1x480"}, set()),
        ({f"process_start_time_seconds{{{WHO}}}": "1x300 2x60 3x60 4x60"}, {"CapiControllerRestarts"}),
        ({f"process_start_time_seconds{{{WHO}}}": "1x300 2x180"}, set()),
        ({f"up{{{WHO}}}": "0x480"}, {"CapiControllerNotScraped", "CapiKubeadmControlPlaneGone"}),
    ],
)
def test_what_fires_on_a_few_series(series: dict[str, str], alerts: set[str], tmp_path: Path) -> None:
    assert fired(tmp_path, "controllers.rules.yaml", {**UP, **series}, "110m", OF_CONTROLLERS) == alerts


def test_each_rule_has_fired_in_some_case() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in OF_CONTROLLERS if f'"{name}"' not in text] == []


@needs_promtool
@pytest.mark.parametrize(
    ("bundle", "alerts"),
    [
        ("demo:stale-credential", {"KcpEtcdCredentialStale"}),
        ("demo:issue-8602", {"KcpFinding"}),
        ("healthy", set()),
    ],
)
def test_what_fires_on_doctor_s_page(
    bundle: str, alerts: set[str], recording: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = str(recording("v1.14.2-healthy")) if bundle == "healthy" else bundle
    run(["doctor", "-A", "--bundle", where, "-o", "openmetrics"], "kubectl kcp")
    lines = [line.rpartition(" ") for line in capsys.readouterr().out.splitlines() if not line.startswith("#")]
    # promtool's clock begins at 0: the page was made then
    series = {head: "0x120" if head == "kubectl_kcp_doctor_time_seconds" else f"{value}x120" for head, _, value in lines}
    names = [r["alert"] for r in rules("findings.rules.yaml")]
    assert fired(tmp_path, "findings.rules.yaml", series, "110m", names, "1m") == alerts


@needs_promtool
def test_a_doctor_that_does_not_run_is_told(tmp_path: Path) -> None:
    for series in ({"kubectl_kcp_doctor_time_seconds": "0x600"}, {"kubectl_kcp_doctor_incomplete": "2x600"}):
        assert fired(tmp_path, "findings.rules.yaml", series, "9h", ["KcpNotLookedAt"], "1m") == {"KcpNotLookedAt"}


BUILD, SUCCESS = 'kubectl_kcp_build_info{instance="i",version="0"}', 'kubectl_kcp_export_last_success_timestamp_seconds{instance="i"}'
OWN = ["KcpExporterGone", "KcpExporterOld", "KcpContextNotRead"]


@needs_promtool
@pytest.mark.parametrize(
    ("series", "alerts"),
    [
        ({BUILD: "1x60 _x60", SUCCESS: "0+60x60 _x60"}, {"KcpExporterGone"}),
        ({BUILD: "1x60 _x60", BUILD.replace('"i"', '"j"'): "_x61 1x59"}, set()),  # another Pod of it in its place
        ({BUILD: "1x120", SUCCESS: "0+60x120"}, set()),
        ({}, set()),  # a job in the place of the exporter: it was never there
        ({BUILD: "1x120", SUCCESS: "0+60x60 3600x60"}, {"KcpExporterOld"}),
        ({BUILD: "1x120", SUCCESS: "0+60x60 3600x60", SUCCESS.replace('"i"', '"j"'): "0+60x120"}, set()),  # of two replicas one knows
        ({'kubectl_kcp_context_read{context="prod-1"}': "1x120", 'kubectl_kcp_context_read{context="prod-2"}': "1x60 0x60"}, {OWN[2]}),
        ({'kubectl_kcp_context_read{context="prod-1"}': "1x120"}, set()),
        ({'kubectl_kcp_context_read{context="prod-1"}': "1x100 0x8 1x12"}, set()),
    ],
)
def test_who_should_look_and_does_not(series: dict[str, str], alerts: set[str], tmp_path: Path) -> None:
    assert fired(tmp_path, "findings.rules.yaml", series, "115m", OWN, "1m") == alerts

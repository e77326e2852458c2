"""``doctor`` as a user runs it, on recordings of real management clusters."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import ExitCode
from kubectl_kcp.findings.catalogue import CATALOGUE
from tests.schema import validate

STALE, KEYS = "demo:stale-credential", "demo:issue-8602"
Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Typed:
    def typed(*words: str) -> tuple[int, str, str]:
        code = run(["doctor", *words], "kubectl kcp")
        out, err = capsys.readouterr()
        return code, out, err

    return typed


def findings(doctor: Typed, *words: str) -> list[dict[str, Any]]:
    document = json.loads(doctor(*words, "-o", "json")[1])
    found: list[dict[str, Any]] = document["findings"]
    return found


def test_the_first_finding_is_the_root_cause(doctor: Typed) -> None:
    code, out, err = doctor("--bundle", STALE)
    assert (code, err) == (ExitCode.FINDINGS, "")
    first = out.split("\n\n")[1]
    assert first.startswith("error: Cluster real/w1: credential STALE")
    assert "do: kubectl kcp certs regenerate w1 -n real --restart-leader" in first


@pytest.mark.parametrize("bundle", [STALE, KEYS])
def test_json_is_as_its_schema_says(doctor: Typed, bundle: str) -> None:
    validate(json.loads(doctor("--bundle", bundle, "-o", "json")[1]), "doctor")
    assert yaml.safe_load(doctor("--bundle", bundle, "-o", "yaml")[1])["kind"] == "Diagnosis"


def test_exit_codes(doctor: Typed) -> None:
    assert doctor("--bundle", STALE, "--fail-on", "never")[0] == ExitCode.OK
    assert doctor("--bundle", STALE, "--skip", "etcd-credential-stale")[0] == ExitCode.OK
    assert doctor("--bundle", STALE, "--only", "nothing-like-it")[0] == ExitCode.USAGE
    assert doctor("--bundle", STALE, "nosuch")[0] == ExitCode.FAILED
    assert doctor("--bundle", STALE, "--before-upgrade", "soon")[0] == ExitCode.USAGE


def test_one_cluster_alone(doctor: Typed) -> None:
    assert "etcd-credential-stale" not in {f["code"] for f in findings(doctor, "default/c000", "--bundle", STALE)}
    assert "etcd-credential-stale" in {f["code"] for f in findings(doctor, "real/w1", "--bundle", STALE)}


def test_what_is_suppressed_is_listed(doctor: Typed) -> None:
    code, out, _ = doctor("--bundle", STALE, "--suppress", "etcd-credential-stale:real/w1")
    assert code == ExitCode.OK
    assert "suppressed: etcd-credential-stale of Cluster real/w1 (--suppress etcd-credential-stale:real/w1)" in " ".join(out.split())
    assert doctor("--bundle", STALE, "--suppress", "etcd-credential-stale:real/other")[0] == ExitCode.FINDINGS


def test_what_is_below_the_least_severity_is_counted(doctor: Typed) -> None:
    _, out, _ = doctor("--bundle", KEYS, "--min-severity", "error")
    assert "below --min-severity not shown" in out


def test_markdown_says_versions_and_what_was_not_looked_at(doctor: Typed) -> None:
    _, out, _ = doctor("--bundle", STALE, "-o", "markdown")
    assert out.startswith("**bundle demo:stale-credential: 1 error")
    assert "control-plane-kubeadm v1.14.2" in out
    assert "- not looked at:" in out


def test_junit_has_a_case_for_each_code(doctor: Typed) -> None:
    suite = ET.fromstring(doctor("--bundle", STALE, "-o", "junit")[1].encode())
    assert {case.get("name") for case in suite} == set(CATALOGUE)
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert "etcd-credential-stale" in failed
    assert suite.get("failures") == str(len(failed))


def test_openmetrics_are_what_prometheus_reads(doctor: Typed) -> None:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    families = {f.name: f for f in text_string_to_metric_families(doctor("--bundle", STALE, "-o", "openmetrics")[1])}
    labels = [s.labels for s in families["kubectl_kcp_finding"].samples]
    assert {"code": "etcd-credential-stale", "severity": "error", "kind": "Cluster", "namespace": "real", "name": "w1"} in labels


def test_called_by_its_other_name(capsys: pytest.CaptureFixture[str]) -> None:
    for output in ("table", "wide", "json", "yaml", "markdown", "html", "junit", "openmetrics"):
        run(["doctor", "--bundle", STALE, "-o", output], "kubectl capi-kcp")
        assert "kubectl kcp" not in "".join(capsys.readouterr())


def test_before_an_upgrade(doctor: Typed) -> None:
    codes = {f["code"] for f in findings(doctor, "--bundle", KEYS, "--before-upgrade", "v1.14.2")}
    assert {"upgrade-skips-too-much", "upgrade-not-supported-by-versions", "upgrade-fixes"} <= codes
    assert not {c for c in (f["code"] for f in findings(doctor, "--bundle", KEYS)) if c.startswith("upgrade-")}

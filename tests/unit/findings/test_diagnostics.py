"""Diagnostics that are off, open to anybody, or taken by another; and silence on what comes near."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_kcp.errors import FailureKind
from kubectl_kcp.findings.diagnostics import diagnostics_findings
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.reference import Failure, Ref, Subject
from tests.unit.findings.estate import deployment, estate, lease, pod


def world(*args: str, version: str = "v1.13.4") -> Estate:
    made = [deployment(version=version), deployment("cluster-api", version)]
    pods = [pod(version=version, args=args), pod("cluster-api", version)]
    return estate({r.DEPLOYMENTS: made, r.PODS: pods, r.LEASES: [lease()]})


def found(*args: str) -> list[Finding]:
    return list(diagnostics_findings(world(*args)))


def test_diagnostics_that_are_off() -> None:
    (seen,) = found("--diagnostics-address=0")
    assert seen.code == "diagnostics-off"
    assert found() == []


@pytest.mark.parametrize("address", [":40001", "0.0.0.0:6060", "[::]:6060", "10.0.0.7:6060"])
def test_profiles_for_whoever_reaches_the_pod(address: str) -> None:
    (seen,) = found(f"--profiler-address={address}")
    assert (seen.code, seen.severity.value) == ("diagnostics-insecure", "warning")
    assert "its profiles are served in clear" in seen.seen
    assert [e.text for e in seen.evidence] == [f"--profiler-address={address}"]


@pytest.mark.parametrize("address", ["localhost:6060", "127.0.0.1:6060", "[::1]:6060", "", ":0", "off"])
def test_profiles_for_the_pod_alone(address: str) -> None:
    assert found(f"--profiler-address={address}") == []


def test_metrics_for_whoever_reaches_the_pod_are_a_note() -> None:
    seen = [f for f in found("--insecure-diagnostics") if f.code == "diagnostics-insecure"]
    assert [(f.severity.value, "its metrics" in f.seen) for f in seen] == [("info", True)]
    assert [e.text for e in seen[0].evidence] == ["--insecure-diagnostics, --diagnostics-address=:8443"]
    behind = found("--insecure-diagnostics", "--diagnostics-address=localhost:8080", "--profiler-address=localhost:6060")
    assert "diagnostics-insecure" not in [f.code for f in behind]
    assert "diagnostics-insecure" not in [f.code for f in found("--insecure-diagnostics=false")]


def test_a_profiler_that_another_keeps_busy() -> None:
    failure = Failure(
        Subject.of("Pod", Ref("capi", "kcp-1"), "cpu profile"), FailureKind.BUSY, "another CPU profile, tried 40 times in 59 s"
    )
    (seen,) = diagnostics_findings(replace(world(), failures=(failure,)))
    assert (seen.code, seen.severity.value, str(seen.subject)) == ("profiler-in-use", "info", "Pod capi/kcp-1")
    assert "tried 40 times in 59 s" in seen.seen
    assert list(diagnostics_findings(replace(world(), failures=(replace(failure, kind=FailureKind.TIMEOUT),)))) == []

"""One gathering for ``doctor``: what is asked only where it may decide, and what one part's failure leaves."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_kcp.findings.makers import all_findings
from kubectl_kcp.gather.estate import Wanted, gather_estate
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.reference import Scope
from kubectl_kcp.sources.bundle.open import open_bundle

Recording = Callable[[str], Path]
LONGEST = re.compile(r'(workqueue_longest_running_processor_seconds\{name="kubeadmcontrolplane"\}) \S+')


@pytest.fixture
def folder(recording: Recording, tmp_path: Path) -> Path:
    """A recording that may be changed."""
    return Path(shutil.copytree(recording("v1.4.2-10-clusters"), tmp_path / "changed"))


def gathered(folder: Path) -> Estate:
    with open_bundle(str(folder)) as source:
        return gather_estate(source, Wanted(Scope(), 10.0, None))


def hanging(estate: Estate) -> Finding | None:
    return next((f for f in all_findings(estate) if f.code == "reconcile-hangs"), None)


@pytest.mark.parametrize(("seconds", "told"), [("119", False), ("310", True)])
def test_where_a_reconcile_hangs(folder: Path, seconds: str, told: bool) -> None:
    for page in (folder / "controllers/kcp").glob("metrics-*.txt"):
        page.write_text(LONGEST.sub(rf"\1 {seconds}", page.read_text()))
    estate = gathered(folder)
    finding = hanging(estate)
    assert (finding is not None) == told == bool(estate.running)
    if finding is not None:
        assert finding.seen == "kubeadmcontrolplane: one reconcile has been running for 310 s"
        lines = [e.text for e in finding.evidence]
        assert lines[0] == "3 goroutines of KubeadmControlPlaneReconciler in secret.Certificates.Lookup, within rate.(*Limiter).wait"
        assert len(lines) == 3


def test_without_its_goroutines_the_rest_is_told(folder: Path) -> None:
    for page in (folder / "controllers/kcp").glob("metrics-*.txt"):
        page.write_text(LONGEST.sub(r"\1 310", page.read_text()))
    (folder / "controllers/kcp/goroutine.pb.gz").unlink()
    estate = gathered(folder)
    finding = hanging(estate)
    assert finding is not None
    assert finding.evidence == ()
    assert any("goroutine" in f"{f.subject} {f.reason}" for f in estate.failures), estate.failures


def test_a_controller_without_metrics_leaves_the_others(folder: Path) -> None:
    for page in (folder / "controllers/infra").glob("metrics-*.txt"):
        page.unlink()
    estate = gathered(folder)
    assert estate.usage is not None
    assert len(estate.usage.items) == 3
    assert any("capd" in str(f.subject) for f in estate.failures)
    assert "etcd-client-keys" in {f.code for f in all_findings(estate)}

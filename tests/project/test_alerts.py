"""The alert rules for certificates hold what their tests say, and speak of metrics and states that there are."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.model.certificate import CertificateState
from kubectl_kcp.model.credential import CUT_OFF, CredentialState

ALERTS = Path(__file__).parents[2] / "observability"
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian: prometheus) is not installed")
BUNDLE = ("certs", "status", "-A", "--bundle", "demo:stale-credential", "-o", "openmetrics")
SEVERAL = ("certs", "status", "-A", "--bundles", str(ALERTS.parent / "tests/recordings"), "-o", "openmetrics")


def page(capsys: pytest.CaptureFixture[str], words: tuple[str, ...] = BUNDLE) -> str:
    run(words, "kubectl kcp")
    return capsys.readouterr().out


@needs_promtool
def test_the_rules_alert_as_their_tests_say() -> None:
    done = subprocess.run(
        [str(PROMTOOL), "test", "rules", "certificates.test.yaml"], cwd=ALERTS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
@pytest.mark.parametrize("words", [BUNDLE, SEVERAL], ids=["one", "several"])
def test_prometheus_reads_the_page(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    done = subprocess.run([str(PROMTOOL), "check", "metrics"], input=page(capsys, words), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_rules_speak_of_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ALERTS / "certificates.rules.yaml").read_text(encoding="utf-8")
    named = set(re.findall(r"kubectl_kcp_\w+", text))
    assert named
    assert named <= set(re.findall(r"^# TYPE (\S+)", page(capsys), re.MULTILINE))
    of_credentials = set(re.findall(r'credential_state\{state=~"([A-Z_|]+)"', text)[0].split("|"))
    of_certificates = set(re.findall(r'certificate_state\{state=~"([A-Z_|]+)"', text)[0].split("|"))
    assert of_credentials == {CredentialState(s).value for s in CUT_OFF}
    assert of_certificates <= {s.value for s in CertificateState}

"""The state of every credential in the recordings of real controllers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_kcp.gather.certs import Certificates, gather_certificates
from kubectl_kcp.model.credential import Credential, CredentialState
from kubectl_kcp.model.reference import Scope
from kubectl_kcp.sources.bundle.open import open_bundle

S = CredentialState
Recording = Callable[[str], Path]


def look(folder: Path) -> Certificates:
    with open_bundle(str(folder)) as source:
        return gather_certificates(source, Scope(), dt.timedelta(days=30))


def of(found: Certificates, name: str) -> Credential:
    return next(i.credential for i in found.items if i.cluster.name == name)


@pytest.mark.parametrize(
    ("name", "w1", "rest", "count"),
    [
        ("v1.14.2-stale-credential", S.STALE, S.FRESH, 7),
        ("v1.14.2-ca-changed-not-noticed", S.SUSPECT, S.FRESH, 7),
        ("v1.14.2-healthy", S.FRESH, S.FRESH, 6),
        ("v1.4.2-10-clusters", None, S.NOT_CACHED, 10),
        ("v1.5.8-10-clusters", None, S.KEY_ONLY, 10),
        ("v1.4.2-0-clusters", None, None, 0),
    ],
)
def test_states(recording: Recording, name: str, w1: S | None, rest: S | None, count: int) -> None:
    found = look(recording(name))
    assert not found.failures
    assert len(found.items) == count
    assert {i.credential.state for i in found.items if i.cluster.name != "w1"} == ({rest} if rest else set())
    if w1 is not None:
        assert of(found, "w1").state is w1


def test_evidence_of_a_stale_credential_holds_its_times(recording: Recording) -> None:
    made = of(look(recording("v1.14.2-stale-credential")), "w1")
    times = {e.at.strftime("%H:%M:%S") for e in made.evidence if e.at}
    assert {"22:08:00", "22:08:56", "22:10:58", "22:13:10"} <= times
    texts = "\n".join(e.text for e in made.evidence)
    assert "certificate required" in texts
    assert "kubectl-patch" in texts
    assert "context deadline exceeded" in texts
    assert made.inferred
    assert "regenerate w1 -n real" in made.action.text("kubectl kcp")


def test_without_the_log_the_condition_suffices(recording: Recording, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "bundle"
    shutil.copytree(recording("v1.14.2-stale-credential"), folder)
    (folder / "controllers/kcp/log.txt").unlink()
    found = look(folder)
    assert of(found, "w1").state is S.STALE
    assert [str(f.subject) for f in found.failures] == [
        "log of Deployment capi-kubeadm-control-plane-system/capi-kubeadm-control-plane-controller-manager"
    ]


@pytest.mark.parametrize(
    ("missing", "words"),
    [("secrets", "does not exist"), ("leases", "no Pod of KCP leads"), ("deployments", "no KubeadmControlPlane controller")],
)
def test_what_is_missing_is_the_reason(recording: Recording, tmp_path: Path, missing: str, words: str) -> None:
    import re
    import shutil

    folder = tmp_path / "bundle"
    shutil.copytree(recording("v1.14.2-stale-credential"), folder)
    (folder / f"objects/{missing}.json").unlink()
    made = of(look(folder), "w1")
    assert made.state in (S.UNKNOWN, S.ABSENT)
    assert re.search(words, made.reason), made.reason

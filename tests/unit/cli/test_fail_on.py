"""``certs status --fail-on``: one table of exit codes over all situations of tests/field, from what JSON says of their states."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from kubectl_kcp.cli.certs.common import FAIL_ON
from kubectl_kcp.cli.main import run
from kubectl_kcp.model.certificate import CertificateState
from kubectl_kcp.model.credential import CredentialState
from tests.unit.field.cases import CASES

ARCHIVE = Path(__file__).parents[2] / "field" / "field.tar.xz"
BROKEN = {"INVALID", "UNREADABLE", "NOT_YET_VALID", "MISSING"}
LOCKED_OUT = {"STALE", "CA_MISMATCH", "SERVER_CERTIFICATE", "CLOCK", "REFUSED"}
TABLE: dict[str, tuple[set[str], set[str]]] = {
    "expired": ({"EXPIRED"}, set()),
    "expiring": ({"EXPIRED", "EXPIRING"}, set()),
    "invalid": (BROKEN, set()),
    "missing": ({"MISSING"}, set()),
    "stale": (set(), LOCKED_OUT),
    "suspect": (set(), LOCKED_OUT | {"SUSPECT"}),
    "unknown": ({"UNKNOWN"}, {"UNKNOWN"}),
}
"""A word, and the states of certificates and of credentials that give 1."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("field")
    with tarfile.open(ARCHIVE) as tar:
        tar.extractall(root, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # type: ignore[arg-type]
    return root / "field"


def test_the_table_is_whole() -> None:
    assert TABLE.keys() == FAIL_ON.keys()
    named = {s for certificates, credentials in TABLE.values() for s in certificates | credentials}
    assert named <= {s.value for s in CertificateState} | {s.value for s in CredentialState}


@pytest.mark.parametrize("name", CASES)
def test_exit_codes(capsys: pytest.CaptureFixture[str], folder: Path, name: str) -> None:
    command = ("certs", "status", "-A", "--bundle", str(folder / name))
    run((*command, "-o", "json"), "kubectl kcp")
    found = json.loads(capsys.readouterr().out)
    certificates = {s for i in found["items"] for c in i["certificates"] for s in c["states"]}
    credentials = {i["credential"]["state"] for i in found["items"]}
    for word, (bad, lost) in TABLE.items():
        code = run((*command, "--fail-on", word), "kubectl kcp")
        capsys.readouterr()
        unjudged = (bool(bad) and certificates & {"UNREADABLE", "UNKNOWN"}) or (bool(lost) and "UNKNOWN" in credentials)
        expected = 1 if bad & certificates or lost & credentials else 3 if found["errors"] or unjudged else 0
        assert code == expected, word

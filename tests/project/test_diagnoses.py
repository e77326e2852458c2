"""docs/diagnoses.md: what ``doctor`` tells first, by situation. Rows of situations are proved by tests/e2e/test_doctor.py."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.findings.catalogue import CATALOGUE
from tests.e2e.situations import SITUATIONS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/diagnoses.md"
RECORDINGS = {
    "v1.14.2-healthy": "a healthy one, v1.14.2",
    "v1.14.2-stale-credential": "the etcd CA was changed, and KCP is locked out",
    "v1.14.2-ca-changed-not-noticed": "the etcd CA was changed, and KCP has not looked yet",
    "v1.14.2-stale-kubeconfig": "a workload cluster's address has moved while KCP's connection lives",
    "v1.14.2-stale-kubeconfig-ca": "a workload cluster's CA has changed while KCP's connection lives",
    "v1.4.2-10-clusters": "v1.4.2 with 10 idle clusters (issue 8602)",
    "v1.4.2-0-clusters": "v1.4.2 without clusters",
    "v1.5.8-10-clusters": "v1.5.8 with 10 clusters",
}
HEAD = """# Which finding comes first

[`doctor`](commands/doctor.md) was tried in each of these situations. This page is made by `pytest tests/project --update`.

## Made on a management cluster

Each begins with a healthy cluster, of which nothing is told, and ends with one. `pytest tests/e2e/test_doctor.py --target lab --long`
makes them with real API servers, etcd and controllers; without `--target lab` the sandbox does, but for those that are marked "lab".
Ages that nobody waits for (a pause of two days) are written into the stored object. Where "status written" stands, the event itself is not
made: its status is written as the controller or the kubelet writes it. In each, a bundle recorded then and the same without names
([`bundle redact`](commands/bundle-redact.md)) give the same findings.

| situation | first finding | severity | where |
|---|---|---|---|
| A healthy one, with one and with two KCP Pods | none | | lab, sandbox |
"""
RECORDED = """
## Recorded management clusters

| recording | first finding | severity |
|---|---|---|
"""
FIELD = """
## Certificates and control planes from the field

Bundles of one cluster or two, each from a public report, another provider's documentation or an operator's PKI; what is right and why
stands in each ([tests/field](../tests/field/README.md)). Healthy ones are among them.

| situation | first finding | severity |
|---|---|---|
"""


def told(code: str) -> str:
    return f"[{code}](diagnoses/{code}.md) | {CATALOGUE[code].severity.value}" if code else "none |"


def field_bundles(folder: Path) -> list[Path]:
    """By name. One of them is a recipe for a live cluster, and no bundle."""
    with tarfile.open(ROOT / "tests/field/field.tar.xz") as tar:
        tar.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # type: ignore[arg-type]
    return sorted(f.parent for f in folder.glob("field/*/captured-at.txt"))


def test_the_page(
    recording: Callable[[str], Path], capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    rows = [
        f"| {s.name} | {told(s.code)} | {'lab' if s.lab else 'lab, sandbox'}{'; status written' if s.written else ''} |" for s in SITUATIONS
    ]
    recorded = [f"| {words} | {told(first(str(recording(name)), capsys))} |" for name, words in RECORDINGS.items()]
    field = [f"| {bundle.name} | {told(first(str(bundle), capsys))} |" for bundle in field_bundles(tmp_path)]
    wanted = "\n".join((HEAD + "\n".join(rows), RECORDED + "\n".join(recorded), FIELD + "\n".join(field), ""))
    known = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if known != wanted and request.config.getoption("--update"):
        PAGE.write_text(wanted, encoding="utf-8")
    assert known == wanted, "run with --update and look"


def first(bundle: str, capsys: pytest.CaptureFixture[str]) -> str:
    run(["doctor", "-A", "--bundle", bundle, "-o", "json"], "kubectl kcp")
    found = json.loads(capsys.readouterr().out)["findings"]
    return str(found[0]["code"]) if found else ""

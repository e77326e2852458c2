"""docs/diagnoses.md: what ``doctor`` tells first, by situation. Rows of situations are proved by tests/e2e/test_doctor.py."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_kcp.cli.main import run
from kubectl_kcp.findings.catalogue import CATALOGUE
from kubectl_kcp.findings.makers import all_findings
from kubectl_kcp.findings.order import tree
from kubectl_kcp.gather.estate import Wanted, gather_estate
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.reference import Scope
from kubectl_kcp.sources.bundle.folder import BundleSource
from kubectl_kcp.sources.bundle.open import open_bundle
from kubectl_kcp.sources.interface import Source
from tests.e2e.situations import SITUATIONS
from tests.project.changed import CHANGES, Recorded
from tests.unit.gather.test_growth import Looks
from tests.unit.gather.test_verify import ApiServerEnded, EtcdEnded, EtcdOfAnotherCa, World, look
from tests.unit.gather.test_webhooks import CA, OTHER, leaf, looked, world

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

| bundle | first finding | severity |
|---|---|---|
"""
FIELD = """
## Certificates and control planes from the field

Bundles of one cluster or two, each from a public report, another provider's documentation or an operator's PKI; what is right and why
stands in each ([tests/field](../tests/field/README.md)). Healthy ones are among them.

| situation | first finding | severity |
|---|---|---|
"""


SHOWN = """
## What servers show

With `--verify` each etcd, API server and webhook is tried. Each webhook here is a real TLS server; etcd and the API server are a recorded
cluster's, and show what is made for them.

| situation | first finding | severity |
|---|---|---|
"""
LOOKS = """
## Two looks

With `--baseline` an earlier bundle is compared. These are a real one, and the same two hours later with other figures in it.

| what has changed | first finding | severity |
|---|---|---|
"""
HOUR = dt.timedelta(hours=1)
CHANGED = """
## A bundle with one thing changed

A healthy real bundle, with what a controller, a kubelet or a user writes when this happens, and beside it what comes near.

| what was changed | first finding | severity |
|---|---|---|
"""
GOOD, DAYS = CA.certificate_pem, 24 * HOUR
WEBHOOKS = {
    "a webhook's certificate fits its caBundle, its name and the clock": (leaf(), GOOD),
    "a webhook whose caBundle holds an old CA, too": (leaf(), OTHER.certificate_pem + GOOD),
    "a webhook shows a certificate of another CA": (leaf(), OTHER.certificate_pem),
    "a webhook shows a certificate that has expired": (leaf(start=-90 * DAYS, end=-DAYS), GOOD),
    "a webhook shows a certificate that is not valid yet": (leaf(start=DAYS, end=90 * DAYS), GOOD),
    "a webhook shows a certificate for another name": (leaf(hosts=("capi-webhook-service",)), GOOD),
    "a webhook's certificate was not renewed in time": (leaf(start=-69 * DAYS, end=21 * DAYS), GOOD),
}
MIB = 1 << 20
GREW = {
    "nothing": (0, 0),
    "memory, by 20 MiB": (20 * MIB, 0),
    "memory, by 200 MiB": (200 * MIB, 0),
    "goroutines, by 2,000": (0, 2000),
    "both": (200 * MIB, 2000),
}


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
    parts = (
        (SHOWN, [*_webhooks(), *_servers(recording)]),
        (LOOKS, _looks(recording, tmp_path)),
        (CHANGED, _changed(recording, tmp_path)),
    )
    further = [head + "\n".join(f"| {words} | {told(code)} |" for words, code in found) for head, found in parts]
    wanted = "\n".join((HEAD + "\n".join(rows), *further, RECORDED + "\n".join(recorded), FIELD + "\n".join(field), ""))
    known = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if known != wanted and request.config.getoption("--update"):
        PAGE.write_text(wanted, encoding="utf-8")
    assert known == wanted, "run with --update and look"


def _webhooks() -> Iterator[tuple[str, str]]:
    for words, (pair, bundle) in WEBHOOKS.items():
        yield words, root(looked(pair, world(bundle))[0])


def _servers(recording: Callable[[str], Path]) -> Iterator[tuple[str, str]]:
    """Of one cluster of a healthy bundle."""
    with open_bundle(str(recording("v1.14.2-healthy"))) as source:
        assert isinstance(source, BundleSource)
        made = gather_estate(source, Wanted(Scope(names=("real/w1",)), 1.0, None, profiles=False))
        for words, kind, ahead in (
            ("etcd's nodes have the management cluster's time", World, 2.0),
            ("the clocks of etcd's nodes are 95 s ahead", World, 95.0),
            ("the API server shows a certificate that has expired", ApiServerEnded, 2.0),
            ("etcd shows a certificate that has expired", EtcdEnded, 2.0),
            ("etcd shows a certificate of another CA", EtcdOfAnotherCa, 2.0),
        ):
            servers = kind(source)
            servers.ahead = ahead
            yield words, root(replace(made, clusters=look(servers).items, skew=0.0))


def _looks(recording: Callable[[str], Path], folder: Path) -> Iterator[tuple[str, str]]:
    for n, (words, (memory, goroutines)) in enumerate(GREW.items()):
        looks = Looks(folder / f"{n}-before", folder / f"{n}-after")
        for copy in (looks.before, looks.after):
            shutil.copytree(recording("v1.14.2-healthy"), copy)
            looks.page(copy, "kcp", "process_start_time_seconds", lambda at: at - 24 * 3600)
        at = looks.before / "captured-at.txt"
        at.write_text((dt.datetime.fromisoformat(at.read_text(encoding="utf-8").strip()) - 2 * HOUR).isoformat(), encoding="utf-8")
        looks.page(looks.after, "kcp", "process_resident_memory_bytes", lambda was, memory=memory: was + memory)
        looks.page(looks.after, "kcp", "go_goroutines", lambda was, goroutines=goroutines: was + goroutines)
        with open_bundle(str(looks.before)) as before:
            yield words, judged(looks.after, before)


def _changed(recording: Callable[[str], Path], folder: Path) -> Iterator[tuple[str, str]]:
    for n, (words, change) in enumerate(CHANGES.items()):
        made = Recorded(folder / f"{n}-changed")
        shutil.copytree(recording("v1.14.2-healthy"), made.folder)
        change(made.aged())
        yield words, judged(made.folder)


def judged(folder: Path, baseline: Source | None = None) -> str:
    """Without what controllers spend CPU on, which is the same in each copy."""
    with open_bundle(str(folder)) as source:
        return root(gather_estate(source, Wanted(Scope(), 1.0, None, profiles=False, baseline=baseline)))


def root(estate: Estate) -> str:
    """The code of what is told first."""
    found = tree(all_findings(estate))
    return found[0].finding.code if found else ""


def first(bundle: str, capsys: pytest.CaptureFixture[str]) -> str:
    run(["doctor", "-A", "--bundle", bundle, "-o", "json"], "kubectl kcp")
    found = json.loads(capsys.readouterr().out)["findings"]
    return str(found[0]["code"]) if found else ""

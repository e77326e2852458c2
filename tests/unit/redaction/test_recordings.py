"""Real recordings, and the situations of tests/field: redacted, they are judged alike, and none of their names is left."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.findings.catalogue import CATALOGUE
from kubectl_kcp.pki.reading import Reader, read_certificates
from kubectl_kcp.sources.bundle.folder import BundleSource
from kubectl_kcp.sources.bundle.open import open_bundle
from tests.unit.field.cases import CASES
from tests.unit.redaction.opened import everything

RECORDINGS = sorted(p.name.removesuffix(".tar.xz") for p in (Path(__file__).parents[2] / "recordings").glob("*.tar.xz"))
FIELD = Path(__file__).parents[2] / "field" / "field.tar.xz"
SHORTEST = 4
WELL_KNOWN = re.compile(
    r"default|localhost|lab|localhost:.*|127\.\d+\.\d+\.\d+|kube[-\w]*|cap[id]+(-[\w-]+)*|kubeadm-[\w-]+|(?:inmemory-)?controller-leader-[\w-]+"
    r"|controller-manager|system(:masters)?|etcd|front-proxy(-ca|-client)?|cluster-api\.x-k8s\.io|.*\.x-k8s\.io|kubernetes(-admin|-ca)?"
    r"|\[?::1?\]?|in-memory|cluster\.local|late|paused|real|true|root|etcd-ca|proxy(-ca)?|.*\.svc|v\d\w*|[0-9a-f-]{36}|admin|client|server|.{0,3}"
)
"""Words of software, and recordings' namespaces that are ordinary words."""

Json = dict[str, Any]


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("field")
    with tarfile.open(FIELD) as tar:
        tar.extractall(root, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # type: ignore[arg-type]
    return root / "field"


@pytest.fixture(scope="module")
def redacted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path | str], Path]:
    """Each once: what is judged is what is searched for names."""
    known: dict[str, Path] = {}

    def made(old: Path | str) -> Path:
        if str(old) not in known:
            new = known[str(old)] = tmp_path_factory.mktemp("redacted") / "new.tar.gz"
            assert run(["bundle", "redact", str(old), str(new)], "kubectl kcp") in (0, 3)
        return known[str(old)]

    return made


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., Json]:
    def typed(*words: str) -> Json:
        capsys.readouterr()
        run([*words, "-o", "json"], "kubectl kcp")
        found: Json = json.loads(capsys.readouterr().out)
        return found

    return typed


def findings(document: Json) -> list[tuple[str, str, str, int, str | None]]:
    """Code, severity, the subject's kind, how much evidence, since when; in their order."""
    return [(f["code"], f["severity"], f["subject"]["kind"], len(f["evidence"]), f["since"]) for f in document["findings"]]


def certificates(document: Json) -> list[tuple[Any, ...]]:
    """By cluster, in their order: what each certificate is, how it stands, until when."""
    return [
        (item["state"], item["credential"]["state"], [(c["kind"], c["state"], c["notAfter"]) for c in item["certificates"]])
        for item in document["items"]
    ]


@pytest.mark.parametrize("name", [*RECORDINGS, "demo:stale-credential", "demo:issue-8602"])
def test_a_recording_is_judged_alike(
    name: str, recording: Callable[[str], Path], redacted: Callable[..., Path], told: Callable[..., Json]
) -> None:
    old: Path | str = name if name.startswith("demo:") else recording(name)
    new = redacted(old)
    for words in (("doctor", "-A"), ("doctor", "-A", "--before-upgrade", "v1.15.0"), ("profile", "allocs"), ("certs", "credentials", "-A")):
        before, after = (told(*words, "--bundle", str(b)) for b in (old, new))
        assert findings(after) == findings(before), words
    assert certificates(told("certs", "status", "-A", "--bundle", str(new))) == certificates(
        told("certs", "status", "-A", "--bundle", str(old))
    )


@pytest.mark.parametrize("name", CASES)
def test_a_situation_is_judged_alike(name: str, field: Path, redacted: Callable[..., Path], told: Callable[..., Json]) -> None:
    """Broken certificates among them, in each broken way."""
    new = redacted(field / name)
    before, after = (told("certs", "status", "-A", "--bundle", str(b)) for b in (field / name, new))
    assert sorted(map(str, certificates(after))) == sorted(map(str, certificates(before)))
    before, after = (told("doctor", "-A", "--bundle", str(b)) for b in (field / name, new))
    assert sorted(map(str, findings(after))) == sorted(map(str, findings(before)))


@pytest.mark.parametrize("name", RECORDINGS)
def test_no_name_of_a_recording_is_left(name: str, recording: Callable[[str], Path], redacted: Callable[..., Path]) -> None:
    with open_bundle(str(recording(name))) as source:
        names = {n for n in _names(source) if len(n) >= SHORTEST and not WELL_KNOWN.fullmatch(n)}
    assert names
    _none_left(names, redacted(recording(name)))


@pytest.mark.parametrize("name", CASES)
def test_no_name_of_a_situation_is_left(name: str, field: Path, redacted: Callable[..., Path]) -> None:
    with open_bundle(str(field / name)) as source:
        names = {n for n in _names(source) if len(n) >= SHORTEST and not WELL_KNOWN.fullmatch(n)}
    _none_left(names, redacted(field / name))


def _none_left(names: set[str], new: Path) -> None:
    wanted = re.compile(rb"(?<![\w-])(?:%s)(?![\w-])" % b"|".join(re.escape(n.encode()) for n in sorted(names, key=len, reverse=True)))
    for file, data in everything(new).items():
        found = {m[0] for m in wanted.finditer(data)} if names else set()
        assert not found, f"{file} holds {found}"


def _names(source: BundleSource) -> Iterator[str]:
    """Each string that stands where names stand, of all kinds that the recording holds; what certificates are made out to."""
    from kubectl_kcp.kube.resources import Resource

    for plural in source.held_kinds:
        if plural in ("customresourcedefinitions", "events", "clusterrolebindings", "nodes"):
            continue  # names of software, and what no command reads
        for obj in source.objects(Resource("", plural, "")).items:
            yield from _of_object(obj)
    for secret in source.secrets().items:
        yield from (secret.namespace, secret.cluster, secret.name)
        for pem in (secret.certificate_pem, secret.kubeconfig.ca_pem if secret.kubeconfig else b""):
            try:
                made = read_certificates(pem, Reader.POOL)
            except ValueError:
                continue
            for certificate in made:
                yield from (v.partition("=")[2] for n in (certificate.subject, certificate.issuer) for v in n.split(","))


def _of_object(obj: Any) -> Iterator[str]:
    waiting: list[Any] = [obj]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            if "fieldsV1" in value or value.get("kind") == "CustomResourceDefinition":
                continue
            for key in ("clusterName", "nodeName", "address", "host", "podIP", "hostIP", "cluster.x-k8s.io/control-plane-name"):
                if isinstance(value.get(key), str):
                    yield value[key]
            if "uid" in value and isinstance(value.get("name"), str):
                yield value["name"]
            if isinstance(value.get("namespace"), str):
                yield value["namespace"]
            waiting += value.values()


def test_the_codes_of_the_recordings_are_some() -> None:
    """Else the comparison above would compare nothing."""
    assert len(RECORDINGS) >= 6
    assert "etcd-credential-stale" in CATALOGUE

"""The search for secrets finds each in every form in which it could leak: or its silence would mean nothing."""

from __future__ import annotations

import base64
import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.needles import leaks, needles
from tests.e2e.target import Target

SECRETS = "/api/v1/namespaces/real/secrets"


def packed(name: str, mode: str) -> Callable[[bytes, Path], None]:
    def write(data: bytes, folder: Path) -> None:
        with tarfile.open(folder / name, mode) as archive:  # type: ignore[call-overload]
            info = tarfile.TarInfo("objects/secrets.json")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))

    return write


FORMS: dict[str, Callable[[bytes, Path], None]] = {
    "as it is": lambda data, folder: (folder / "out.txt").write_bytes(data) and None,
    "in JSON": lambda data, folder: (folder / "out.json").write_text(json.dumps({"v": data.decode()})) and None,
    "in base64": lambda data, folder: (folder / "out.txt").write_bytes(base64.b64encode(data)) and None,
    "in base64, in lines": lambda data, folder: (folder / "out.txt").write_bytes(base64.encodebytes(data)) and None,
    "gzipped": lambda data, folder: (folder / "out.gz").write_bytes(gzip.compress(data)) and None,
    "in a bundle": packed("case.tar.gz", "w:gz"),
    "in an archive": packed("case.tar.xz", "w:xz"),
    "in a log line": lambda data, folder: (
        (folder / "log").write_bytes(b'I1125 body="' + json.dumps(data.decode()).encode() + b'"') and None
    ),
}


@pytest.fixture(scope="module")
def found(target: Target) -> set[bytes]:
    return needles(target.client, [target.kubeconfig, target.user("needle")])


def private(target: Target) -> dict[str, bytes]:
    """Each private thing of the workload cluster's Secrets."""
    secrets = {s["metadata"]["name"]: s["data"] for s in target.client.items(SECRETS)}
    made = {name: base64.b64decode(data["tls.key"]) for name, data in secrets.items() if "tls.key" in data}
    return made | {name: base64.b64decode(data["value"]) for name, data in secrets.items() if "value" in data}


@pytest.mark.parametrize("form", FORMS)
def test_every_secret_is_found(target: Target, found: set[bytes], tmp_path: Path, form: str) -> None:
    secrets = private(target)
    assert {"w1-ca", "w1-etcd", "w1-proxy", "w1-sa", "w1-kubeconfig"} < set(secrets), "and the Machine's bootstrap data"
    for name, data in secrets.items():
        folder = tmp_path / name
        folder.mkdir()
        FORMS[form](data, folder)
        assert leaks(found, folder), f"{name} {form}"


def test_raw_answers_are_full_of_them(target: Target, found: set[bytes], tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_bytes(target.client.raw("/api/v1/secrets"))
    assert leaks(found, tmp_path)


def test_tokens_and_kubeconfigs(target: Target, found: set[bytes], tmp_path: Path) -> None:
    (tmp_path / "config").write_bytes(target.kubeconfig.read_bytes())
    assert leaks(found, tmp_path)
    token = "eyJhbGciOiJSUzI1NiIsImtpZCI6Im5vbmUifQ.eyJhdWQiOlsiaHR0cHM6Ly9sYWIiXX0.c2lnbmF0dXJlLW9mLW5vYm9keS1hdC1hbGw"
    (tmp_path / "config").write_text(f"Authorization: Bearer {token}")
    assert leaks(found, tmp_path), "whoever it is of: none is to be seen"


def test_what_is_public_is_not_found(target: Target, found: set[bytes], tmp_path: Path) -> None:
    for secret in target.client.items(SECRETS):
        if "tls.key" in secret["data"]:
            (tmp_path / secret["metadata"]["name"]).write_bytes(base64.b64decode(secret["data"]["tls.crt"]))
    (tmp_path / "objects").write_bytes(target.client.raw("/apis/cluster.x-k8s.io/v1beta2/machines"))
    assert leaks(found, tmp_path) == []

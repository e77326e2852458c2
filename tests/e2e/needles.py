"""The search for secrets: every private key, token and bootstrap secret of a target, in each form in which it could leak."""

from __future__ import annotations

import base64
import re
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from tests.e2e.client import Client

SHORTEST = 24
"""Bytes of a needle: shorter ones are found by chance."""
TYPES = ("cluster.x-k8s.io/secret",)
PUBLIC = ("tls.crt", "format")
KEY_BLOCK = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+(.+?)-----END", re.DOTALL)


def needles(client: Client, kubeconfigs: Iterable[Path]) -> set[bytes]:
    """From each Secret and kubeconfig: stretches from the middle of the key's base64 text and of its bytes."""
    found: set[bytes] = set()
    for secret in client.items("/api/v1/secrets"):
        if secret.get("type") in TYPES:
            for key, value in (secret.get("data") or {}).items():
                if key not in PUBLIC:
                    found.update(_forms(base64.b64decode(value)))
    for path in kubeconfigs:
        for user in yaml.safe_load(path.read_text())["users"]:
            found.update(_forms(base64.b64decode(user["user"].get("client-key-data", ""))))
    return {needle for needle in found if len(needle) >= SHORTEST}


def _forms(value: bytes) -> Iterator[bytes]:
    """A PEM key, a kubeconfig with keys in it, or another text (a bootstrap script): the needle in the middle, also in base64."""
    blocks = list(KEY_BLOCK.findall(value))
    if not blocks and b"client-key-data" in value:
        for user in yaml.safe_load(value)["users"]:
            yield from _forms(base64.b64decode(user["user"]["client-key-data"]))
        return
    for text in blocks or [value]:
        lines = [line.strip() for line in text.splitlines() if len(line.strip()) >= SHORTEST]
        yield from (line for line in lines[1:-1] or lines)
    for text in blocks:
        der = base64.b64decode(b"".join(text.split()))
        middle = len(der) // 2
        yield der[middle : middle + SHORTEST]
    whole = base64.b64encode(value)
    yield whole[len(whole) // 2 :][: 2 * SHORTEST]


def leaks(found: set[bytes], folder: Path) -> list[str]:
    """Which files below hold a needle; archives are looked into."""
    bad = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        for name, data in _contents(path):
            hits = sum(needle in data for needle in found)
            if hits:
                bad.append(f"{name}: {hits} of {len(found)} needles")
    return bad


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    yield str(path), path.read_bytes()
    if tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            for member in archive:
                if file := archive.extractfile(member):
                    yield f"{path}!{member.name}", file.read()

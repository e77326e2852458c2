"""The search for secrets: every private key, token and bootstrap secret of a target, in each form in which it could leak."""

from __future__ import annotations

import base64
import gzip
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from tests.e2e.client import Client

SHORTEST = 24
"""Bytes of a needle: shorter ones are found by chance."""
TYPES = ("cluster.x-k8s.io/secret", "bootstrap.kubernetes.io/token", "kubernetes.io/service-account-token")
PUBLIC = ("tls.crt", "format", "ca.crt", "namespace")
KEY_BLOCK = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+(.+?)-----END", re.DOTALL)
P256_NUMBER = b"\x02\x01\x01\x04\x20"
"""Before the private number of a P-256 key (RFC 5915: version 1, an octet string of 32 bytes)."""
TOKEN = re.compile(rb"eyJ[\w-]{16,}\.eyJ[\w-]{16,}\.[\w-]{16,}")
"""A JSON Web Token: whoever issued it, and whenever, none is to be seen."""
BOOTSTRAP_TOKEN = re.compile(rb"\b[a-z0-9]{6}\.[a-z0-9]{16}\b")
"""What a Machine joins with; short, but its form is its own."""
BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]{40,}={0,2}")


def needles(client: Client, kubeconfigs: Iterable[Path]) -> set[bytes]:
    """From each Secret and kubeconfig: stretches from the middle of the key's base64 text and of its bytes."""
    found: set[bytes] = set()
    for secret in client.items("/api/v1/secrets"):
        if secret.get("type") in TYPES:
            for key, value in (secret.get("data") or {}).items():
                if key not in PUBLIC:
                    found.update(_forms(base64.b64decode(value)))
    for path in kubeconfigs:
        found.update(_of_kubeconfig(path.read_bytes()))
    return {needle for needle in found if len(needle) >= SHORTEST or BOOTSTRAP_TOKEN.fullmatch(needle)}


def _of_kubeconfig(text: bytes) -> Iterator[bytes]:
    for user in yaml.safe_load(text)["users"]:
        yield from _forms(base64.b64decode(user["user"].get("client-key-data", "")))
        yield str(user["user"].get("token", "")).encode()


def _forms(value: bytes) -> Iterator[bytes]:
    """A PEM key, a kubeconfig with keys in it, or another text (a bootstrap script): the needle in the middle, also in base64."""
    blocks = list(KEY_BLOCK.findall(value))
    if not blocks and b"client-key-data" in value:
        yield from _of_kubeconfig(value)
        return
    yield from BOOTSTRAP_TOKEN.findall(value)
    if not blocks:
        yield from (line for line in _lines(value) if not _common(line))
    for text in blocks:
        yield from _of_key(text)
    whole = base64.b64encode(value)
    yield whole[len(whole) // 2 :][: 2 * SHORTEST]


def _lines(text: bytes) -> list[bytes]:
    lines = [line.strip() for line in text.splitlines() if len(line.strip()) >= SHORTEST]
    return lines[1:-1] or lines


def _of_key(text: bytes) -> Iterator[bytes]:
    """An elliptic curve's key ends with its public half, which certificates show: there only the first line and the number count."""
    der = base64.b64decode(b"".join(text.split()))
    number = der.find(P256_NUMBER)
    if number >= 0:
        yield text.split()[0]
        yield der[number + len(P256_NUMBER) :][:32]
    else:
        yield from _lines(text)
        yield der[len(der) // 2 :][:SHORTEST]


def _common(line: bytes) -> bool:
    """Lines of a bootstrap script that say nothing private: words and settings, as in any other object."""
    return not BASE64_LINE.search(line) and not BOOTSTRAP_TOKEN.search(line)


def leaks(found: set[bytes], folder: Path) -> list[str]:
    """Which files below hold a needle or a token; archives and what is compressed or in base64 are looked into."""
    bad = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        for name, data in _contents(path):
            hits = sum(needle in data for needle in found) + len(TOKEN.findall(data))
            if hits:
                bad.append(f"{name}: {hits} of {len(found)} needles")
    return bad


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    yield from _readings(str(path), path.read_bytes())
    if tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            for member in archive:
                if file := archive.extractfile(member):
                    yield from _readings(f"{path}!{member.name}", file.read())


def _readings(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """As it is, without JSON's escapes, uncompressed, and what its stretches of base64 stand for."""
    yield name, data
    if b"\\n" in data:
        yield f"{name} (escapes)", data.replace(b"\\n", b"\n")
    if data.startswith(b"\x1f\x8b"):
        try:
            yield f"{name} (gzip)", gzip.decompress(data)
        except (OSError, EOFError, zlib.error):
            return
    joined = re.sub(rb"(?<=[A-Za-z0-9+/])\r?\n(?=[A-Za-z0-9+/])", b"", data)
    for text in BASE64_LINE.findall(joined):
        body = text.rstrip(b"=")
        yield f"{name} (base64)", base64.b64decode(body[: len(body) // 4 * 4])

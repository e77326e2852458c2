"""A bundle's bytes, as deep as names can lie in it: decompressed, out of base64, out of DER."""

from __future__ import annotations

import base64
import gzip
import re
import tarfile
from pathlib import Path

_BASE64 = re.compile(rb"[A-Za-z0-9+/\n]{40,}={0,2}")
_ESCAPED = re.compile(rb"\\[nrt]")


def everything(path: Path) -> dict[str, bytes]:
    """By the name of the file in it; the names themselves under ``paths``."""
    found: dict[str, bytes] = {}
    with tarfile.open(path) as tar:
        for member in tar:
            opened = tar.extractfile(member)
            data = opened.read() if opened is not None else b""
            found[member.name] = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data + _within(data)
        found["paths"] = "\n".join(tar.getnames()).encode()
    return found


def _within(data: bytes, depth: int = 3) -> bytes:
    """What lies in it in base64: PEM in a Secret, DER in PEM."""
    made = b""
    for m in _BASE64.finditer(_ESCAPED.sub(b"\n", data)) if depth else ():
        text = re.sub(rb"\s", b"", m[0])
        for cut in (text, text[: len(text) - len(text) % 4]):
            try:
                inner = base64.b64decode(cut, validate=True)
            except ValueError:
                continue
            made += inner + _within(inner, depth - 1)
            break
    return made

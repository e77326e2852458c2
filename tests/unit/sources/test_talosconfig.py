"""Talos' client configuration."""

from __future__ import annotations

import base64

import pytest

from kubectl_kcp.sources.talosconfig import client
from tests.authority import certificate

MADE = certificate("admin")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def config(context: str = "a", **fields: str) -> bytes:
    lines = "".join(f"    {key}: {value}\n" for key, value in fields.items())
    return f"context: {context}\ncontexts:\n  a:\n    endpoints:\n    - 10.0.0.1\n{lines}".encode()


def test_the_certificate_of_its_context() -> None:
    assert client(config(crt=b64(MADE.pem), key=b64(MADE.key_pem), ca=b64(MADE.pem))) == (MADE.pem, MADE.key_pem)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"\x00", "the talosconfig is not YAML"),
        (b"", "the talosconfig's context is not there"),
        (b"contexts: {}", "the talosconfig's context is not there"),
        (b"context: [a]\ncontexts: {}", "the talosconfig's context is not there"),
        (config("b"), "the talosconfig's context is not there"),
        (config(key="x"), "no crt in the talosconfig"),
        (config(crt=b64(MADE.pem), key="hunter2!"), "key in the talosconfig is not base64"),
        (config(crt="[x]"), "crt in the talosconfig is not base64"),
    ],
)
def test_what_is_wrong_is_told_without_its_content(text: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        client(text)

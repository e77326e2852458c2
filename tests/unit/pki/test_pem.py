"""PEM: the short way gives what the long one gives, and nothing is too strange."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_kcp.pki import pem
from tests.authority import certificate

ONE = certificate().pem
PIECES = st.sampled_from(
    [
        b"-----BEGIN A-----",
        b"-----END A-----",
        b"-----BEGIN B C-----",
        b"-----END B C-----",
        b"-----",
        b"\n",
        b"\r\n",
        b" ",
        b":",
        b"QUJD",
        b"QQ==",
        b"Q",
    ]
)
NEVER = re.compile(rb"(?!)")


def long_way(data: bytes, monkeypatch: pytest.MonkeyPatch) -> list[pem.Block]:
    with monkeypatch.context() as patched:
        patched.setattr(pem, "_USUAL", NEVER)
        return list(pem.blocks(data))


@settings(max_examples=1000, deadline=None)
@given(st.lists(PIECES, max_size=30).map(b"".join))
def test_the_short_way_gives_what_the_long_one_gives(data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patched:
        assert list(pem.blocks(data)) == long_way(data, patched)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40), st.integers(0, len(ONE)))
def test_whatever_is_put_into_a_file_a_later_block_is_found(noise: bytes, at: int) -> None:
    data = ONE[:at] + noise + ONE[at:] + b"\n" + ONE
    assert pem.Block(b"CERTIFICATE", False, certificate_body()) in list(pem.blocks(data)) or b"-----" in noise or at > len(ONE) - 27


def certificate_body() -> bytes:
    block = pem.first(ONE)
    assert block is not None
    return block.body


@pytest.mark.parametrize("data", [b"", b"\n" * 9, ONE[:-9], b"\xef\xbb\xbf" + ONE, b" " + ONE])
def test_no_block(data: bytes) -> None:
    assert pem.first(data) is None

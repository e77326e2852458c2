"""Answers about signatures: found out once, known to the next run, and none that could not be decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_kcp.machine import user_cache
from kubectl_kcp.model.certificate import Certificate
from kubectl_kcp.pki import signature
from kubectl_kcp.pki.certificate import read_der
from kubectl_kcp.pki.signature import Signed, signed_by
from kubectl_kcp.sources.live.signatures import BELOW, kept
from tests.authority import certificate


def read(pem: bytes) -> Certificate:
    from kubectl_kcp.pki import pem as reader

    found = reader.first(pem)
    assert found is not None
    return read_der(found.body)


CA, OTHER = certificate("one"), certificate("another")


@pytest.fixture(autouse=True)
def nothing_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(signature, "_answers", {})
    return tmp_path


def next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Knows nothing by itself, and cannot check."""

    def check(*_: object) -> Signed:
        raise AssertionError("checked once more")

    monkeypatch.setattr(signature, "_answers", {})
    monkeypatch.setattr(signature, "_signed_by", check)


def test_the_next_run_knows_what_this_one_found(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = read(CA.pem), read(OTHER.pem)
    with kept():
        found = [signed_by(mine, mine), signed_by(mine, other)]
    next_run(monkeypatch)
    with kept():
        assert [signed_by(mine, mine), signed_by(mine, other)] == found == [Signed.YES, Signed.NO]
        with pytest.raises(AssertionError):
            signed_by(other, other)


def test_a_run_that_fails_keeps_what_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = read(CA.pem)

    @kept()
    def run() -> None:
        signed_by(mine, mine)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    next_run(monkeypatch)
    with kept():
        assert signed_by(mine, mine) is Signed.YES


def test_what_was_not_decided_is_not_kept(nothing_known: Path) -> None:
    with kept():
        signature.remember({("a" * 64, "b" * 64): Signed.UNKNOWN})
    assert list(nothing_known.rglob("*")) == []


def test_a_file_that_was_changed_counts_for_nothing(nothing_known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = read(CA.pem), read(OTHER.pem)
    with kept():
        signed_by(mine, other)
    (file,) = (f for f in nothing_known.rglob("*") if f.is_file())
    content = file.read_bytes()
    assert content.endswith(b"n")
    file.write_bytes(content[:-1] + b"y")
    monkeypatch.setattr(signature, "_answers", {})
    with kept():
        assert signature.answers() == {}


@pytest.mark.parametrize("record", [b"", b"y", b"x" * 65, b"x" * 64 + b"?", b"x" * 300])
def test_records_of_another_shape_are_passed_over(record: bytes, nothing_known: Path) -> None:
    with kept():
        signed_by(read(CA.pem), read(CA.pem))
    (file,) = (f for f in nothing_known.rglob("*") if f.is_file())
    user_cache.store(BELOW, file.name, [record])
    with kept():
        assert all(answer in (Signed.YES, Signed.NO) for answer in signature.answers().values())

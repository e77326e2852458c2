"""An RSA key taken by its shape, and read number by number: the same answer, the same words."""

from __future__ import annotations

import random
import re

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kubectl_kcp.pki import der, private_key
from tests.unit.pki.made import SEED, rsa_key

USUAL = private_key._USUAL_KEY
NEVER = re.compile(rb"(?!)")


def numbers(key: bytes) -> list[int]:
    return private_key._numbers(key)[0]


def written(values: list[int]) -> bytes:
    return der.encode(der.SEQUENCE, *(der.encode(der.INTEGER, v.to_bytes(v.bit_length() // 8 + 1, "big", signed=True)) for v in values))


def told(key: bytes) -> object:
    try:
        return private_key.describe(key)
    except ValueError as e:
        return str(e)


@pytest.fixture(scope="module")
def usual() -> bytes:
    """One that is taken by its shape; few are not, because a number of theirs is short."""
    chance = random.Random(SEED)
    while True:
        key = rsa_key(chance, 2048).private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        if USUAL.fullmatch(key):
            return key


@pytest.mark.parametrize("place", range(9))
@pytest.mark.parametrize("change", [0, 1, 2, -2, 1 << 900, -(1 << 1022)], ids=["as it is", "1", "2", "-2", "much", "less"])
def test_by_shape_and_by_number(usual: bytes, place: int, change: int, monkeypatch: pytest.MonkeyPatch) -> None:
    values = numbers(usual)
    values[place] += change
    key = written(values) if change else usual
    by_shape = told(key)
    monkeypatch.setattr(private_key, "_USUAL_KEY", NEVER)
    assert by_shape == told(key)
    assert isinstance(by_shape, tuple) == (change == 0 or (place == 0 and change <= 1))


@pytest.mark.parametrize("more", [b"\x00", b"\x02\x01\x01"])
def test_what_stands_behind_it(usual: bytes, more: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    behind, inside = usual + more, der.encode(der.SEQUENCE, usual[4:], more)
    by_shape = told(behind), told(inside)
    monkeypatch.setattr(private_key, "_USUAL_KEY", NEVER)
    assert by_shape == (told(behind), told(inside))


def test_the_usual_one_is_taken_by_its_shape(usual: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_key, "_numbers", None)
    assert told(usual)

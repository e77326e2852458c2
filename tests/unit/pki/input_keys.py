"""Inputs of the differential test: private keys, pairs, and chains."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from tests.unit.pki.made import (
    CA,
    CERT_SIGN,
    DAY,
    ENCIPHER_ONLY,
    FOR_CLIENTS,
    FOR_SERVERS,
    NO_CA,
    NOW,
    Input,
    World,
    block,
    certificate,
    extension,
    key_pem,
    numbers_of,
    pkcs1,
)


def keys(w: World) -> Iterator[Input]:
    parameters = block("EC PARAMETERS", bytes.fromhex("06082a8648ce3d030107"))
    first, second = w.curves[0], w.rsa[0]
    encrypted = first.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    whole = second.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    texts = {
        **{f"key {n}": key_pem(k) for n, k in enumerate(w.keys)},
        **{f"key {n}, PKCS 8": key_pem(k, PrivateFormat.PKCS8) for n, k in enumerate(w.keys)},
        "unknown curve": key_pem(w.unknown),
        "unknown curve, PKCS 8": key_pem(w.unknown, PrivateFormat.PKCS8),
        "parameters first": parameters + key_pem(first),
        "certificate first": w.ca.pem + key_pem(first),
        "encrypted": block("ENCRYPTED PRIVATE KEY", b"\x30\x10" + b"\x04\x0e" + b"x" * 14),
        "encrypted as openssl did": block("RSA PRIVATE KEY", b"\x80" * 64, "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"),
        "of another label": key_pem(first).replace(b"EC PRIVATE", b"RSA PRIVATE"),
        "of a label of its own": key_pem(first).replace(b"EC PRIVATE KEY", b"KEY"),
        "with headers": key_pem(first).replace(b"KEY-----\n", b"KEY-----\nA: b\n\n", 1),
        "empty": b"",
        "rubbish": b"rubbish",
        "byte order mark": b"\xef\xbb\xbf" + key_pem(first),
        "bytes after it": block("RSA PRIVATE KEY", whole + b"\0"),
        "cut": block("RSA PRIVATE KEY", whole[:-9]),
        "REDACTED in a block": block("EC PRIVATE KEY", b"REDACTED"),
        "two": key_pem(first) + key_pem(second),
    }
    assert b"ENCRYPTED" in encrypted
    numbers = numbers_of(second)
    for place, name in enumerate(("version", "n", "e", "d", "p", "q", "dp", "dq", "qinv")):
        for change in (1, 2, -numbers[place]):
            wrong = [n + change if i == place else n for i, n in enumerate(numbers)]
            texts[f"RSA with another {name} ({change if change > 0 else 'zero'})"] = block("RSA PRIVATE KEY", pkcs1(wrong))
    texts["RSA without CRT values"] = block("RSA PRIVATE KEY", pkcs1(numbers[:6]))
    for name, text in texts.items():
        yield Input(f"private key: {name}", "private", text)
    ca = certificate("x", first)
    for name, text in texts.items():
        yield Input(f"pair with: {name}", "pair", ca.pem, text)


def pairs(w: World) -> Iterator[Input]:
    for n, key in enumerate(w.keys):
        made = certificate("client", key, w.ca)
        yield Input(f"pair: key {n}", "pair", made.pem, key_pem(key))
        yield Input(f"pair: key {n}, another's key", "pair", made.pem, key_pem(w.keys[n - 1]))
        yield Input(f"pair: key {n}, chain", "pair", made.pem + w.ca.pem, key_pem(key, PrivateFormat.PKCS8))
        yield Input(f"pair: key {n}, CA first", "pair", w.ca.pem + made.pem, key_pem(key))


def _critical(oid: str, value: str) -> bytes:
    return extension(oid, bytes.fromhex(value), critical=True)


def _constraints(w: World) -> Iterator[Input]:
    """Signatures that hold, and what else stands in the certificates above and below."""
    key = w.curves[2]
    at_most_none, at_most_one = (_critical("0603551d13", f"30060101ff0201{n:02x}") for n in (0, 1))
    told = {
        "no path": at_most_none + CERT_SIGN,
        "a path of one": at_most_one + CERT_SIGN,
        "a path of -1": _critical("0603551d13", "30060101ff0201ff") + CERT_SIGN,
        "for clients": CA + CERT_SIGN + FOR_CLIENTS,
        "for servers": CA + CERT_SIGN + FOR_SERVERS,
        "critical unknown": CA + CERT_SIGN + _critical("06032a0304", "0500"),
        "unknown": CA + CERT_SIGN + extension("06032a0304", bytes.fromhex("0500")),
        "hosts alone": CA + CERT_SIGN + _critical("0603551d1e", "300da00b3009820778797a2e6f7267"),
        "directory names alone": CA + CERT_SIGN + _critical("0603551d1e", "3014a0123010a40e300c310a300806035504030c0161"),
        "a name that is a directory's": CA + CERT_SIGN + _critical("0603551d11", "3010a40e300c310a300806035504030c0161"),
        "a name that is a host's": CA + CERT_SIGN + _critical("0603551d11", "3009820778797a2e6f7267"),
        "policies": CA + CERT_SIGN + _critical("0603551d20", "3006300406022a03"),
    }
    for name, extensions in told.items():
        root = certificate("kubernetes", w.curves[0], extensions=extensions)
        middle = certificate("middle", w.curves[1], root, extensions=CA + CERT_SIGN)
        below = certificate("lower", w.curves[3], middle, extensions=CA + CERT_SIGN)
        for what, chain in {
            "under it": certificate("admin", key, root).pem,
            "one between": certificate("admin", key, middle).pem + middle.pem,
            "two between": certificate("admin", key, below).pem + below.pem + middle.pem,
        }.items():
            yield Input(f"verify: root with {name}, {what}", "verify", chain, root.pem)
        limited = certificate("middle", w.curves[1], w.ca, extensions=extensions)
        yield Input(f"verify: middle with {name}", "verify", certificate("admin", key, limited).pem + limited.pem, w.ca.pem)
        alone = certificate("admin", key, w.ca, extensions=NO_CA + FOR_CLIENTS + extensions.removeprefix(CA + CERT_SIGN))
        if extensions.startswith(CA + CERT_SIGN) and name not in ("for clients", "for servers"):
            yield Input(f"verify: leaf with {name}", "verify", alone.pem, w.ca.pem)


def chains(w: World) -> Iterator[Input]:
    key = w.curves[2]
    old = certificate("kubernetes", w.curves[0], end=NOW - DAY, start=NOW - 9 * DAY)
    later = certificate("kubernetes", w.curves[0], start=NOW + DAY)
    middle = certificate("middle", w.curves[1], w.ca, extensions=CA + CERT_SIGN)
    old_middle = certificate("middle", w.curves[1], w.ca, extensions=CA + CERT_SIGN, end=NOW - DAY)
    no_ca = certificate("middle", w.curves[1], w.ca)
    leaves = {
        "of the CA": certificate("admin", key, w.ca).pem,
        "expired": certificate("admin", key, w.ca, end=NOW - DAY).pem,
        "later": certificate("admin", key, w.ca, start=NOW + DAY).pem,
        "for servers": certificate("admin", key, w.ca, extensions=FOR_SERVERS).pem,
        "for anything": certificate("admin", key, w.ca, extensions=b"").pem,
        "of the middle": certificate("admin", key, middle).pem,
        "of the middle with it": certificate("admin", key, middle).pem + middle.pem,
        "of the middle, expired": certificate("admin", key, middle).pem + old_middle.pem,
        "of the middle, both": certificate("admin", key, middle).pem + old_middle.pem + middle.pem,
        "of a middle that is no CA": certificate("admin", key, no_ca).pem + no_ca.pem,
        "self": w.ca.pem,
    }
    pools = {
        "CA": w.ca.pem,
        "other": w.other_ca.pem,
        "old": old.pem,
        "old, new": old.pem + w.ca.pem,
        "later": later.pem,
        "other, CA": w.other_ca.pem + w.ca.pem,
        "not a CA": certificate("kubernetes", w.curves[0], extensions=NO_CA).pem,
        "no constraints": certificate("kubernetes", w.curves[0], extensions=CERT_SIGN).pem,
        "version 1": certificate("kubernetes", w.curves[0], version=0, extensions=b"").pem,
        "may not sign": certificate("kubernetes", w.curves[0], extensions=CA + ENCIPHER_ONLY).pem,
        "middle": middle.pem,
        "headers": block("CERTIFICATE", w.ca.der, "A: b\n\n"),
    }
    for (leaf, text), (pool, trusted) in product(leaves.items(), pools.items()):
        yield Input(f"verify: {leaf}, {pool}", "verify", text, trusted)
    yield from _constraints(w)
    for n, by in enumerate(w.keys):
        ca = certificate("kubernetes", by)
        yield Input(f"verify: by key {n}", "verify", certificate("admin", key, ca).pem, ca.pem)
        yield Input(
            f"verify: by key {n}, another's", "verify", certificate("admin", key, ca).pem, certificate("kubernetes", w.keys[n - 1]).pem
        )

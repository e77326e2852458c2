"""What is read in the differential test: made from a seed, so that the golden answers hold.

Certificates, authorities, bundles, keys and kubeconfigs as Cluster API, openssl and others write them, each whole and damaged.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kubectl_kcp.pki import der
from tests.unit.pki.input_keys import chains, keys, pairs
from tests.unit.pki.input_kubeconfigs import kubeconfigs
from tests.unit.pki.made import CA, NO_CA, SEED, Input, Made, World, block, certificate, extension, numbers_of, pkcs1, utc_time


def inputs() -> Iterator[Input]:
    world = World()
    yield from _certificates(world)
    yield from _pem(world)
    yield from keys(world)
    yield from pairs(world)
    yield from chains(world)
    yield from kubeconfigs(world)
    yield from _damage(world)


def _certificates(w: World) -> Iterator[Input]:
    key = w.curves[0]
    several = {
        **{f"key {n}": certificate("ca", k) for n, k in enumerate(w.keys)},
        "unknown curve": certificate("ca", w.curves[0]),
        "serial of 20 bytes": certificate("ca", key, serial=2**158 + 1),
        "negative serial": certificate("ca", key, serial=-5),
        "version 1": certificate("ca", key, version=0, extensions=b""),
        "version 4": certificate("ca", key, version=3),
        "no extensions": certificate("ca", key, extensions=b""),
        "extension twice": certificate("ca", key, extensions=CA + CA),
        "not a CA": certificate("ca", key, extensions=NO_CA),
        "boolean of 1": certificate("ca", key, extensions=extension("0603551d13", bytes.fromhex("3003010101"))),
        "before 1950": certificate("ca", key, start=dt.datetime(1949, 1, 1, tzinfo=dt.timezone.utc)),
        "UTCTime": certificate("ca", key, when=utc_time("%y%m%d%H%M%SZ")),
        "UTCTime without seconds": certificate("ca", key, when=utc_time("%y%m%d%H%MZ")),
        "UTCTime of a zone": certificate("ca", key, when=utc_time("%y%m%d%H%M%S+0130")),
        "UTCTime of a zone that is none": certificate("ca", key, when=utc_time("%y%m%d%H%M%S+0000")),
        "time with a fraction": certificate("ca", key, when=lambda t: der.encode(0x18, t.strftime("%Y%m%d%H%M%S.5Z").encode())),
        "time of month 13": certificate("ca", key, when=lambda t: der.encode(0x18, b"20261301000000Z")),
        "time as text": certificate("ca", key, when=lambda t: der.encode(0x0C, b"20261201000000Z")),
        "unknown key": Made("ca", key, certificate("ca", w.unknown, certificate("x", key)).der),
        **{
            f"name as {tag:#x} {value[:6]!r}": certificate("ca", key, written=lambda _, t=tag, v=value: der.encode(t, v))
            for tag, value in (
                (0x0C, b"\xff"),
                (0x0C, "é,+\n".encode()),
                (0x13, b"a_b"),
                (0x13, b"a*b&c"),
                (0x13, b""),
                (0x14, b"\xe9"),
                (0x16, b"\xe9"),
                (0x16, b"a@b"),
                (0x1E, b"\0a\0b"),
                (0x1E, b"\0a\0"),
                (0x1E, b"\xd8\0"),
                (0x1E, b"\0a\0\0"),
                (0x12, b"12 3"),
                (0x12, b"1a"),
                (0x1A, b"a"),
                (0x04, b"a"),
                (0x02, b"\x01"),
            )
        },
    }
    for name, made in several.items():
        yield Input(f"certificate: {name}", "signer", made.pem)
        yield Input(f"certificate, file: {name}", "file", made.pem)
    yield Input("certificate: bytes after it", "signer", block("CERTIFICATE", w.ca.der + b"\0"))
    yield Input("certificate: of another label", "signer", block("X509 CERTIFICATE", w.ca.der))
    yield Input("certificate: trusted", "pair", block("TRUSTED CERTIFICATE", w.ca.der), w.ca.key_pem)


def _pem(w: World) -> Iterator[Input]:
    one, two = w.ca.pem, w.other_ca.pem
    parameters = block("EC PARAMETERS", bytes.fromhex("06082a8648ce3d030107"))
    texts = {
        "empty": b"",
        "blank": b" \n\t\n",
        "rubbish": b"rubbish",
        "DER": w.ca.der,
        "two": one + two,
        "comment": b"# a comment\n" + one,
        "comment between": one + b"between\n" + two,
        "byte order mark": b"\xef\xbb\xbf" + one,
        "mark and two": b"\xef\xbb\xbf" + one + two,
        "indented": b"".join(b"  " + line for line in one.splitlines(keepends=True)),
        "indented base64": one.replace(b"\n", b"\n  ", 3),
        "glued": one.rstrip() + two,
        "glued of three": one.rstrip() + two + one,
        "CRLF": one.replace(b"\n", b"\r\n"),
        "CR": one.replace(b"\n", b"\r"),
        "no last line break": one.rstrip(),
        "blanks behind": one.replace(b"-----\n", b"----- \t\n"),
        "text behind BEGIN": one.replace(b"E-----\n", b"E-----x\n", 1),
        "text behind END": one.rstrip() + b" x\n",
        "cut": one[:-20],
        "cut in the middle": one[: len(one) // 2],
        "BEGIN twice": b"-----BEGIN CERTIFICATE-----\n" + one,
        "END of another": one.replace(b"END CERTIFICATE", b"END PUBLIC KEY"),
        "broken then whole": one[:-40] + b"\n" + two,
        "not base64": one.replace(b"\nM", b"\n!", 1) + two,
        "base64 short": one.replace(b"=", b"", 1),
        "in one line": one[:28] + one[28:-26].replace(b"\n", b"") + one[-26:],
        "headers": block("CERTIFICATE", w.ca.der, "Subject: x\n\n"),
        "headers without a blank line": block("CERTIFICATE", w.ca.der, "A: b\n"),
        "headers, then without": block("CERTIFICATE", w.ca.der, "A: b\n\n") + two,
        "headers to the END": b"-----BEGIN CERTIFICATE-----\nA: b\n-----END CERTIFICATE-----\n" + two,
        "empty block": b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" + one,
        "empty block with a line": b"-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n",
        "parameters first": parameters + one,
        "key first": w.ca.key_pem + one,
        "request first": block("CERTIFICATE REQUEST", b"\x30\0") + one,
        "label in small letters": one.replace(b"CERTIFICATE", b"certificate"),
        "label with a blank": one.replace(b" CERTIFICATE", b"  CERTIFICATE"),
        "second broken": one + block("CERTIFICATE", w.ca.der[:40]),
        "first broken": block("CERTIFICATE", w.ca.der[:40]) + one,
        "a thousand BEGINs": b"-----BEGIN CERTIFICATE-----\n" * 1000,
        "BEGINs, then one": b"-----BEGIN X-----\n" * 50 + one,
        "six dashes": one.replace(b"-----BEGIN", b"------BEGIN"),
        "NUL": one.replace(b"\n", b"\n\0", 2),
        "tabs": one.replace(b"\n", b"\t\n"),
        "form feed": one.replace(b"\n", b"\x0c\n", 2),
    }
    for name, text in texts.items():
        yield Input(f"PEM, signer: {name}", "signer", text)
        yield Input(f"PEM, file: {name}", "file", text)
        yield Input(f"PEM, pair: {name}", "pair", text, w.ca.key_pem)
    public = [k.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for k in w.keys]
    for name, text in {
        **{f"key {n}": p for n, p in enumerate(public)},
        "two": public[0] + public[5],
        "of a certificate": one,
        "certificate and key": one + public[1],
        "RSA PUBLIC KEY": w.rsa[0].public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        "other blocks": parameters + public[0],
        "rubbish": b"rubbish",
        "broken, then whole": public[0][:-50] + b"\n" + public[1],
        "with headers": public[0].replace(b"KEY-----\n", b"KEY-----\nA: b\n\n", 1),
    }.items():
        yield Input(f"public key: {name}", "public", text)


def _damage(w: World) -> Iterator[Input]:
    """One byte of the DER or of the PEM is another, or some are missing."""
    chance = random.Random(SEED + 1)
    bodies = [w.ca, w.leaf, certificate("ca", w.rsa[0]), certificate("ca", w.ed)]
    for n in range(240):
        made = bodies[n % len(bodies)]
        at = chance.randrange(len(made.der))
        changed = made.der[:at] + chance.randbytes(1) + made.der[at + 1 :] if n % 3 else made.der[:at] + made.der[at + 1 + n % 5 :]
        yield Input(f"damage: certificate {n}", "signer", block("CERTIFICATE", changed))
    for n in range(80):
        text = w.ca.pem + w.leaf.pem
        at = chance.randrange(len(text))
        changed = text[:at] + bytes([chance.choice(b"\n\r -:=A\0x")]) + text[at + n % 2 :]
        yield Input(f"damage: PEM {n}", "file", changed)
    whole = pkcs1(numbers_of(w.rsa[0]))
    for n in range(40):
        at = chance.randrange(len(whole))
        yield Input(f"damage: key {n}", "private", block("RSA PRIVATE KEY", whole[:at] + chance.randbytes(1) + whole[at + 1 :]))

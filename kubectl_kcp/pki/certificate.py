"""X.509 certificates (RFC 5280) as Go's crypto/x509 reads them (Go 1.26, ``parser.go``), with Go's words for what it refuses.

Read by steps in Go's order, so that the first fault is the one that Go names. Extensions that nothing here asks for are not looked into.
Serial 0 is read like any other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Final, NamedTuple

from kubectl_kcp.model.certificate import Certificate
from kubectl_kcp.pki import der as asn1
from kubectl_kcp.pki.der import DerError, Element
from kubectl_kcp.pki.extensions import is_handled
from kubectl_kcp.pki.names import ATTRIBUTES, Value, distinguished_name
from kubectl_kcp.pki.public_key import algorithm_identifier, key_algorithm

UTF8, NUMERIC, PRINTABLE, T61, IA5, BMP = 0x0C, 0x12, 0x13, 0x14, 0x16, 0x1E
_PRINTABLE: Final = re.compile(rb"[A-Za-z0-9'()+,\-./ :=?*&]*")
_NUMERIC: Final = re.compile(rb"[0-9 ]*")
_ZONED_TIME: Final = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(Z|[+-]\d\d[0-5]\d)")
"""A UTCTime that X.509 does not allow and Go reads: without seconds, or of another zone."""
KEY_USAGE, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE = "2.5.29.15", "2.5.29.19", "2.5.29.37"
CERT_SIGN: Final = 0x04
"""keyCertSign, the sixth bit of the first byte."""


def read_der(data: bytes) -> Certificate:
    """Raises ValueError in Go's words."""
    try:
        return _read(data)
    except DerError as e:
        raise ValueError(str(e)) from None
    except (ValueError, IndexError, OverflowError):
        raise ValueError("x509: malformed certificate") from None


def _read(data: bytes) -> Certificate:
    take = asn1.take
    whole = take(data, 0, len(data), asn1.SEQUENCE, "x509: malformed certificate")
    tbs = take(data, whole[2], whole[3], asn1.SEQUENCE, "x509: malformed tbs certificate")
    version, at = _version(data, tbs[2], tbs[3])
    end = tbs[3]
    serial = take(data, at, end, asn1.INTEGER, "x509: malformed serial number")
    number = asn1.integer_at(data, serial, "x509: malformed serial number")
    if number < 0:
        raise DerError("x509: negative serial number")
    inner = take(data, serial[3], end, asn1.SEQUENCE, "x509: malformed signature algorithm identifier")
    outer = take(data, tbs[3], whole[3], asn1.SEQUENCE, "x509: malformed algorithm identifier")
    if data[inner[2] : inner[3]] != data[outer[2] : outer[3]]:
        raise DerError("x509: inner and outer signature algorithm identifiers don't match")
    algorithm, parameters = algorithm_identifier(data[inner[2] : inner[3]])
    issuer = take(data, inner[3], end, asn1.SEQUENCE, "x509: malformed issuer")
    issuer_der = data[issuer[1] : issuer[3]]
    issuer_name = _name(issuer_der)
    validity = take(data, issuer[3], end, asn1.SEQUENCE, "x509: malformed validity")
    not_before, then = _time(data, validity[2], validity[3])
    not_after, _ = _time(data, then, validity[3])
    subject = take(data, validity[3], end, asn1.SEQUENCE, "x509: malformed issuer")
    subject_der = data[subject[1] : subject[3]]
    subject_name = _name(subject_der)
    spki = take(data, subject[3], end, asn1.SEQUENCE, "x509: malformed spki")
    spki_der = data[spki[1] : spki[3]]
    key = key_algorithm(spki_der)
    told = _extensions(data, spki[3], end) if version == 3 else _OLD
    signature = take(data, outer[3], whole[3], asn1.BIT_STRING, "x509: malformed signature")
    if signature[2] == signature[3]:
        raise DerError("x509: malformed signature")
    if whole[3] != len(data):
        raise DerError("x509: trailing data")
    return Certificate(
        subject=subject_name,
        issuer=issuer_name,
        serial=f"{number:x}",
        not_before=not_before,
        not_after=not_after,
        algorithm=key,
        public_sha256=hashlib.sha256(spki_der).hexdigest(),
        is_ca=told.is_ca is True,
        sha256=hashlib.sha256(data).hexdigest(),
        subject_der=subject_der,
        issuer_der=issuer_der,
        der=data,
        parts=(tbs[1], tbs[3], spki[1], spki[3], signature[2] + 1, signature[3]),
        signature_algorithm=algorithm,
        signature_parameters=parameters,
        # Go's CheckSignatureFrom: one of version 3 must say that it is a CA; who names usages must name this one.
        may_sign=(told.is_ca is True if version == 3 else True) and (not told.usage or bool(told.usage & CERT_SIGN)),
        usages=told.extended,
        path_length=told.path_length,
        unhandled=told.unhandled,
    )


def _version(data: bytes, at: int, end: int) -> tuple[int, int]:
    """1, 2 or 3, and where the serial number stands."""
    if at >= end or data[at] != asn1.EXPLICIT_0:
        return 1, at
    wrapped = asn1.take(data, at, end, asn1.EXPLICIT_0, "x509: malformed version")
    inner = asn1.take(data, wrapped[2], wrapped[3], asn1.INTEGER, "x509: malformed version")
    value = asn1.integer_at(data, inner, "x509: malformed version")
    if value < 0 or inner[3] != wrapped[3]:
        raise DerError("x509: malformed version")
    if value > 2:
        raise DerError("x509: invalid version")
    return value + 1, wrapped[3]


@lru_cache(maxsize=4096)
def _name(data: bytes) -> str:
    """``CN=kubernetes-admin,O=system:masters``."""
    whole = asn1.take(data, 0, len(data), asn1.SEQUENCE, "x509: invalid RDNSequence")
    return distinguished_name(
        [_attribute(data, pair) for pair in _several(data, rdn, asn1.SEQUENCE, "x509: invalid RDNSequence: invalid attribute")]
        for rdn in _several(data, whole, asn1.SET, "x509: invalid RDNSequence")
    )


def _attribute(data: bytes, pair: Element) -> tuple[str, Value]:
    kind = asn1.take(data, pair[2], pair[3], asn1.OID, "x509: invalid RDNSequence: invalid attribute type")
    name = _oid(data, kind, "x509: invalid RDNSequence: invalid attribute type")
    wrong = "x509: invalid RDNSequence: invalid attribute value"
    if kind[3] >= pair[3]:
        raise DerError(wrong)
    tag, start, begin, end = asn1.take(data, kind[3], pair[3], data[kind[3]], wrong)
    text = _string(tag, data[begin:end])
    return name, text if name in ATTRIBUTES else data[start:end]


def _several(data: bytes, parent: Element, tag: int, words: str) -> Iterator[Element]:
    """One after another: what the first holds is read before the second, so that the first fault is told."""
    at = parent[2]
    while at < parent[3]:
        element = asn1.take(data, at, parent[3], tag, words)
        yield element
        at = element[3]


def _oid(data: bytes, element: Element, words: str) -> str:
    try:
        return asn1.oid(data[element[2] : element[3]])
    except DerError:
        raise DerError(words) from None


def _string(tag: int, value: bytes) -> str:
    """Of the kinds that Go knows. T.61 is taken for Latin-1, as everyone does."""
    wrong = "x509: invalid RDNSequence: invalid attribute value: "
    try:
        if tag == UTF8:
            return value.decode()
        if tag == T61:
            return value.decode("latin-1")
        if tag == IA5:
            return value.decode("ascii")
        if tag == BMP:
            text = value.removesuffix(b"\0\0").decode("utf-16-be")
            if all(ord(c) < 0xFFFE and not 0xFDD0 <= ord(c) <= 0xFDEF for c in text):
                return text
    except UnicodeDecodeError:
        pass
    if (tag == PRINTABLE and _PRINTABLE.fullmatch(value)) or (tag == NUMERIC and _NUMERIC.fullmatch(value)):
        return value.decode("ascii")
    known = {UTF8: "UTF-8 string", IA5: "IA5String", BMP: "BMPString", PRINTABLE: "PrintableString", NUMERIC: "NumericString"}
    raise DerError(wrong + (f"invalid {known[tag]}" if tag in known else f"unsupported string type: {tag}"))


def _time(data: bytes, at: int, end: int) -> tuple[datetime, int]:
    """The time that stands at ``at``, and where the next begins. Two-digit years from 50 on are 19xx (RFC 5280, 4.1.2.5)."""
    tag = data[at] if at < end else 0
    if tag == asn1.UTC_TIME:
        words = "x509: malformed UTCTime"
    elif tag == asn1.GENERALIZED_TIME:
        words = "x509: malformed GeneralizedTime"
    else:
        raise DerError("x509: unsupported time format")
    _, _, begin, stop = asn1.take(data, at, end, tag, words)
    text = data[begin:stop].decode("ascii", "replace")
    if tag == asn1.UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    try:
        if len(text) == 15 and text[14] == "Z" and text.isascii() and text[:14].isdigit():
            return (
                datetime(
                    int(text[:4]), int(text[4:6]), int(text[6:8]), int(text[8:10]), int(text[10:12]), int(text[12:14]), tzinfo=timezone.utc
                ),
                stop,
            )
        if tag == asn1.UTC_TIME and text.isascii() and (zoned := _ZONED_TIME.fullmatch(text, 2)):
            return _in_utc(text[:2], zoned), stop
    except (ValueError, OverflowError):
        pass
    raise DerError(words)


def _in_utc(century: str, parts: re.Match[str]) -> datetime:
    zone = parts[7]
    offset = timedelta() if zone == "Z" else timedelta(hours=int(zone[1:3]), minutes=int(zone[3:])) * (-1 if zone[0] == "-" else 1)
    if zone != "Z" and not offset:
        raise ValueError(zone)  # Go writes it as Z, and compares
    year, month, day, hour, minute, second = (int(part) for part in (century + parts[1], *parts.group(2, 3, 4, 5), parts[6] or "0"))
    return datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc) - offset


class _Told(NamedTuple):
    """What the extensions tell. ``is_ca`` is None where there are no basic constraints; ``usage`` is the first byte of the key usage,
    0 for none; ``extended`` are OIDs, none for any use. ``path_length`` and ``unhandled`` as in Certificate."""

    is_ca: bool | None = None
    usage: int = 0
    extended: frozenset[str] = frozenset()
    path_length: int | None = None
    unhandled: bool = False


_OLD: Final = _Told()


def _extensions(data: bytes, at: int, end: int) -> _Told:
    for unique_id in (0x81, 0x82):  # issuerUniqueID, subjectUniqueID
        if at < end and data[at] == unique_id:
            at = asn1.take(data, at, end, unique_id, "x509: malformed issuerUniqueID")[3]
    if at >= end or data[at] != asn1.EXPLICIT_3:
        return _OLD
    wrapped = asn1.take(data, at, end, asn1.EXPLICIT_3, "x509: malformed extensions")
    return _listed(data[wrapped[2] : wrapped[3]])


@lru_cache(maxsize=256)
def _listed(data: bytes) -> _Told:
    """Kept: the leaves and authorities of one maker differ in their key identifiers alone, or not at all."""
    listed = asn1.take(data, 0, len(data), asn1.SEQUENCE, "x509: malformed extensions")
    found: dict[str, bytes] = {}
    unhandled = False
    for extension in _several(data, listed, asn1.SEQUENCE, "x509: malformed extension"):
        name, value, critical = _extension(data[extension[2] : extension[3]])
        if name in found:
            raise DerError(f'x509: certificate contains duplicate extension with OID "{name}"')
        found[name] = value
        unhandled = unhandled or (critical and not is_handled(name, value))
    is_ca, path_length = _basic_constraints(found[BASIC_CONSTRAINTS]) if BASIC_CONSTRAINTS in found else (None, None)
    return _Told(
        is_ca,
        _key_usage(found[KEY_USAGE]) if KEY_USAGE in found else 0,
        _extended(found[EXTENDED_KEY_USAGE]) if EXTENDED_KEY_USAGE in found else frozenset(),
        path_length,
        unhandled,
    )


@lru_cache(maxsize=1024)
def _extension(data: bytes) -> tuple[str, bytes, bool]:
    """OID, value, and whether it is critical."""
    kind = asn1.take(data, 0, len(data), asn1.OID, "x509: malformed extension OID field")
    name = _oid(data, kind, "x509: malformed extension OID field")
    at, is_critical = kind[3], False
    if at < len(data) and data[at] == asn1.BOOLEAN:
        critical = asn1.take(data, at, len(data), asn1.BOOLEAN, "x509: malformed extension critical field")
        if critical[3] - critical[2] != 1 or data[critical[2]] not in (0, 0xFF):
            raise DerError("x509: malformed extension critical field")
        at, is_critical = critical[3], data[critical[2]] == 0xFF
    value = asn1.take(data, at, len(data), asn1.OCTET_STRING, "x509: malformed extension value field")
    return name, data[value[2] : value[3]], is_critical


def _basic_constraints(value: bytes) -> tuple[bool, int | None]:
    """Whether it is a CA's, and the length of the path that it allows below."""
    words = "x509: invalid basic constraints"
    inner = asn1.take(value, 0, len(value), asn1.SEQUENCE, words)
    at, end, is_ca = inner[2], inner[3], False
    if at < end and value[at] == asn1.BOOLEAN:
        flag = asn1.take(value, at, end, asn1.BOOLEAN, words)
        if flag[3] - flag[2] != 1 or value[flag[2]] not in (0, 0xFF):
            raise DerError(words)
        at, is_ca = flag[3], value[flag[2]] == 0xFF
    if at >= end or value[at] != asn1.INTEGER:
        return is_ca, None
    length = asn1.integer_at(value, asn1.take(value, at, end, asn1.INTEGER, words), words)
    if not 0 <= length < 1 << 63:
        raise DerError(words)
    return is_ca, length


def _key_usage(value: bytes) -> int:
    bits = asn1.take(value, 0, len(value), asn1.BIT_STRING, "x509: invalid key usage")
    if bits[3] - bits[2] < 1 or value[bits[2]] > 7:
        raise DerError("x509: invalid key usage")
    return value[bits[2] + 1] if bits[3] - bits[2] > 1 else 0


def _extended(value: bytes) -> frozenset[str]:
    words = "x509: invalid extended key usages"
    listed = asn1.take(value, 0, len(value), asn1.SEQUENCE, words)
    return frozenset(_oid(value, each, words) for each in _several(value, listed, asn1.OID, words))

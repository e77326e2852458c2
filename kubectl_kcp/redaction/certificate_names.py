"""The names within a certificate: its subject and issuer, and its extensions."""

from __future__ import annotations

import ipaddress
import re

from kubectl_kcp.pki import der
from kubectl_kcp.pki.extensions import is_handled
from kubectl_kcp.redaction.names import Names

IA5, UTF8, BMP = 0x16, 0x0C, 0x1E
KEPT = {"2.5.29.15", "2.5.29.19", "2.5.29.37"}
"""Key usage, basic constraints, extended key usage: without names."""
ALTERNATIVE_NAMES = "2.5.29.17"
UNHANDLED = bytes.fromhex("300c06032a03040101ff04020500")
"""Critical, and nobody's: OID 1.2.3.4."""
DNS, ADDRESS = 0x82, 0x87
_SEPARATED = re.compile(r"([:/ ,@])")


def attribute(text: str, names: Names) -> str:
    """``system:node:NAME`` by its parts; a host's name as one."""
    if names.address(text) != text:
        return names.address(text)
    parts = _SEPARATED.split(text)
    return "".join(p if n % 2 else names.held(p) or names.name("name", p) for n, p in enumerate(parts))


def name(data: bytes, element: der.Element, names: Names) -> bytes:
    """A distinguished name in DER, with the values replaced. Raises DerError."""
    made = []
    for rdn in der.inside(data, element, der.SEQUENCE, "name"):
        pairs = []
        for pair in der.inside(data, rdn, der.SET, "RDN"):
            kind, value = der.inside(data, pair, der.SEQUENCE, "attribute")[:2]
            pairs.append(der.encode(der.SEQUENCE, data[kind[1] : kind[3]], _value(data, value, names)))
        made.append(der.encode(der.SET, *pairs))
    return der.encode(der.SEQUENCE, *made)


def _value(data: bytes, element: der.Element, names: Names) -> bytes:
    tag, _, begin, end = element
    raw = data[begin:end]
    text = raw.decode("utf-16-be" if tag == BMP else "utf-8" if tag == UTF8 else "latin-1", "replace")
    made = attribute(text, names)
    if made == text:
        return data[element[1] : end]
    return der.encode(tag, made.encode("utf-16-be" if tag == BMP else "ascii", "replace"))


def extensions(data: bytes, wrapped: der.Element, names: Names) -> bytes:
    """Those that are judged, and hosts and addresses of the alternative names; others go, since they may hold anything. That there is a
    critical one which Go does not know is judged, too: one stands for all of them. Raises DerError."""
    made, unhandled = [], False
    for extension in der.inside(data, der.elements(data, wrapped[2], wrapped[3])[0], der.SEQUENCE, "extensions"):
        parts = der.elements(data, extension[2], extension[3])
        oid = der.oid(data[parts[0][2] : parts[0][3]])
        head, value = data[parts[0][1] : parts[-1][1]], data[parts[-1][2] : parts[-1][3]]
        if len(parts) > 2 and data[parts[1][2] : parts[1][3]] == b"\xff" and not is_handled(oid, value):
            unhandled = True
            continue
        if oid == ALTERNATIVE_NAMES:
            value = _alternatives(value, names)
        elif oid not in KEPT:
            continue
        made.append(der.encode(der.SEQUENCE, head, der.encode(der.OCTET_STRING, value)))
    if unhandled:
        made.append(UNHANDLED)
    return der.encode(der.EXPLICIT_3, der.encode(der.SEQUENCE, *made)) if made else b""


def _alternatives(value: bytes, names: Names) -> bytes:
    made = []
    for item in der.inside(value, der.elements(value)[0], der.SEQUENCE, "alternative names"):
        raw = value[item[2] : item[3]]
        if item[0] == ADDRESS and len(raw) in (4, 16):
            made.append(der.encode(ADDRESS, ipaddress.ip_address(names.address(str(ipaddress.ip_address(raw)))).packed))
        elif item[0] == DNS:
            made.append(der.encode(DNS, names.host(raw.decode("latin-1")).encode("ascii", "replace")))
    return der.encode(der.SEQUENCE, *made)

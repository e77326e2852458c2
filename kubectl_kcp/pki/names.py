"""Distinguished names as text: RFC 4514, as Go's ``pkix.Name.String``, ``openssl -nameopt RFC2253`` and LDAP write them.

The most specific part comes first: ``CN=kubernetes-admin,O=system:masters``.
"""

from __future__ import annotations

from collections.abc import Iterable

ATTRIBUTES = {
    "2.5.4.3": "CN",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.17": "POSTALCODE",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
}
"""RFC 4514, section 3, and the two more that Go's crypto/x509/pkix has; others are written by their OID."""
SPECIAL = frozenset('"+,;<>\\')
Value = str | bytes
"""Text, or the DER of a value that is none, or whose type is not in ``ATTRIBUTES``."""


def distinguished_name(parts: Iterable[Iterable[tuple[str, Value]]]) -> str:
    """``parts`` are the RDNs in the certificate's order, each with its OIDs and values."""
    written = ["+".join(_attribute(oid, value) for oid, value in rdn) for rdn in parts]
    return ",".join(reversed(written))


def _attribute(oid: str, value: Value) -> str:
    """Sections 2.3 and 2.4."""
    return f"{ATTRIBUTES.get(oid, oid)}={f'#{value.hex()}' if isinstance(value, bytes) else escaped(value)}"


def escaped(text: str) -> str:
    """Special characters after a backslash; what is not printable as the hexadecimal digits of its UTF-8, ``\\0a``."""
    if text.isprintable() and SPECIAL.isdisjoint(text) and not text.startswith((" ", "#")) and not text.endswith(" "):
        return text
    last = len(text) - 1
    return "".join(_character(ch, n == 0, n == last) for n, ch in enumerate(text))


def _character(ch: str, first: bool, last: bool) -> str:
    if ch in SPECIAL or (ch == " " and (first or last)) or (ch == "#" and first):
        return f"\\{ch}"
    return ch if ch.isprintable() else "".join(f"\\{byte:02x}" for byte in ch.encode("utf-8", "surrogatepass"))

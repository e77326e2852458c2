"""The names that a server's certificate is for: its subject alternative names (RFC 5280, 4.2.1.6). Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from itertools import islice

from kubectl_kcp.model.certificate import Certificate
from kubectl_kcp.pki import der
from kubectl_kcp.pki.der import DerError

SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"
DNS_NAME, IP_ADDRESS = 0x82, 0x87
MANY = 100
"""Names that are read."""


def alternative_names(certificate: Certificate) -> tuple[str, ...]:
    """DNS names and IP addresses in their order. Never raises: what cannot be read names nothing."""
    try:
        return tuple(islice(_names(certificate.tbs_der), MANY))
    except (DerError, ValueError):
        return ()


def _names(tbs: bytes) -> Iterator[str]:
    (whole,) = der.elements(tbs)
    for field in der.elements(tbs, whole[2], whole[3]):
        if field[0] != der.EXPLICIT_3:
            continue
        (listed,) = der.inside(tbs, field, der.EXPLICIT_3, "extensions")
        for extension in der.inside(tbs, listed, der.SEQUENCE, "extensions"):
            parts = der.inside(tbs, extension, der.SEQUENCE, "extension")
            if len(parts) > 1 and parts[0][0] == der.OID and der.oid(tbs[parts[0][2] : parts[0][3]]) == SUBJECT_ALTERNATIVE_NAME:
                yield from _general_names(tbs[parts[-1][2] : parts[-1][3]])


def _general_names(value: bytes) -> Iterator[str]:
    (whole,) = der.elements(value)
    for tag, _, begin, end in der.inside(value, whole, der.SEQUENCE, "names"):
        if tag == DNS_NAME:
            yield value[begin:end].decode("ascii", "replace")
        elif tag == IP_ADDRESS and end - begin in (4, 16):
            yield str(ipaddress.ip_address(value[begin:end]))

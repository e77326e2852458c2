"""Which critical extensions Go's crypto/x509 knows (Go 1.26, ``parser.go``, processExtensions). A certificate with another is read, and
never verifies ("unhandled critical extension")."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kcp.pki import der

ALTERNATIVE_NAMES, NAME_CONSTRAINTS = "2.5.29.17", "2.5.29.30"
_KNOWN = frozenset(f"2.5.29.{last}" for last in (14, 15, 19, 31, 32, 33, 35, 36, 37, 54)) | {"1.3.6.1.5.5.7.1.1"}
_NAMES = frozenset((0x81, 0x82, 0x86, 0x87))
"""Tags of the names that Go reads: mail addresses, hosts, URIs, IP addresses."""


def is_handled(oid: str, value: bytes) -> bool:
    """``value`` is what the extension holds. What is damaged is not for this to say."""
    if oid in _KNOWN:
        return True
    try:
        if oid == ALTERNATIVE_NAMES:
            return any(tag in _NAMES for tag, _ in _inside(value))
        if oid == NAME_CONSTRAINTS:
            return all(base in _NAMES for _, trees in _inside(value) for _, tree in _elements(trees) for base, _ in _first(tree))
    except (ValueError, IndexError):
        return True
    return False


def _inside(value: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element of a sequence."""
    for _, content in _first(value):
        yield from _elements(content)


def _elements(value: bytes) -> Iterator[tuple[int, bytes]]:
    for tag, _, begin, end in der.elements(value):
        yield tag, value[begin:end]


def _first(value: bytes) -> Iterator[tuple[int, bytes]]:
    tag, _, begin, end = der.elements(value)[0]
    yield tag, value[begin:end]

"""A profile in any of the forms that Go writes."""

from __future__ import annotations

from kubectl_kcp.model.profile import Profile
from kubectl_kcp.pprof.compression import unpack
from kubectl_kcp.pprof.decode import decode

PLAIN = frozenset(range(0x20, 0x100)) | set(b"\t\r\n\x1b")
LOOKED_AT = 512
"""Bytes that tell text from protobuf, whose first message holds bytes that no text has."""


def read_profile(data: bytes) -> Profile:
    """Protobuf or text, gzipped or not. Raises BadInput."""
    raw = unpack(data)
    head = raw[:LOOKED_AT]
    if not PLAIN.issuperset(head) or head.lstrip()[:1] in (b"", b"<"):
        return decode(raw)
    from kubectl_kcp.pprof.text import read_text

    return read_text(raw)

"""gzip with a limit: what a profile unpacks to is bounded before anything of it is read."""

from __future__ import annotations

import zlib

from kubectl_kcp.errors import BadInput
from kubectl_kcp.pprof.limits import BYTES

MAGIC = b"\x1f\x8b"


def unpack(data: bytes, limit: int = BYTES) -> bytes:
    """Returns ``data`` itself where it is not compressed. Several gzip members in a row are one stream, as in Go.

    Raises BadInput for a damaged or cut stream and for one that exceeds ``limit`` unpacked.
    """
    if not data.startswith(MAGIC):
        if len(data) > limit:
            raise BadInput(f"the profile exceeds {limit >> 20} MiB")
        return data
    parts: list[bytes] = []
    size = 0
    rest = data
    while rest:
        member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        try:
            part = member.decompress(rest, limit - size + 1)
        except zlib.error as e:
            raise BadInput("the profile's gzip stream is damaged", f"zlib says: {e}") from None
        size += len(part)
        if size > limit:
            raise BadInput(f"the profile unpacks to more than {limit >> 20} MiB", "no controller's profile is that large")
        if not member.eof:
            raise BadInput("the profile ends in the middle: its gzip stream is cut short", "fetch it again")
        parts.append(part)
        rest = member.unused_data
    return b"".join(parts) if len(parts) > 1 else parts[0]

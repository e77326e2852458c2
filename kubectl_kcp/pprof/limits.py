"""What a profile may hold, so that a hostile one costs no more memory than a large real one.

A controller's heap profile has some 2,000 samples of up to 128 frames in 150 kB; one of 10 MB (compressed) has some
250,000 samples and 10 million frames.
"""

from __future__ import annotations

from kubectl_kcp.errors import BadInput

BYTES = 64 << 20
"""Of a profile, not compressed."""
ENTRIES = 2_000_000
"""Samples, locations, functions, strings and so on together. An entry may be two bytes long, and takes more in memory."""
ENTRY_BYTES = 1 << 20
FRAMES = 32_000_000
"""Of all stacks together, inlined calls included. Long stacks of locations with long lists of inlined calls multiply."""
SMALL = 1 << 20
"""Bytes. A profile below this cannot do harm, and is not checked."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def check_entries(raw: bytes) -> None:
    """Counts the fields of the outer message without making anything of them. Leaves broken ones to protobuf.

    Raises BadInput beyond ENTRIES or ENTRY_BYTES.
    """
    if len(raw) < SMALL:
        return
    at, entries, size = 0, 0, len(raw)
    try:
        while at < size:
            wire = raw[at] & 7
            at = _after_varint(raw, at)
            if wire == _BYTES:
                length, shift = 0, 0
                while True:
                    byte = raw[at]
                    at += 1
                    length |= (byte & 0x7F) << shift
                    if byte < 0x80:
                        break
                    shift += 7
                if length > ENTRY_BYTES:
                    raise BadInput(f"not a controller's profile: an entry of {length} bytes")
                at += length
            elif wire == _VARINT:
                at = _after_varint(raw, at)
            elif wire in (_FIXED64, _FIXED32):
                at += 8 if wire == _FIXED64 else 4
            else:
                return
            entries += 1
            if entries > ENTRIES:
                raise BadInput(f"not a controller's profile: more than {ENTRIES} entries")
    except IndexError:
        return


def _after_varint(raw: bytes, at: int) -> int:
    while raw[at] >= 0x80:
        at += 1
    return at + 1


def check_frames(frames: int) -> None:
    if frames > FRAMES:
        raise BadInput(f"not a controller's profile: its stacks have more than {FRAMES} frames")

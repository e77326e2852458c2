"""Why a connection failed, in the words of the innermost error."""

from __future__ import annotations

import re


def innermost(error: BaseException) -> str:
    """Without object addresses."""
    inner = error
    while (below := getattr(inner, "reason", None) or getattr(inner, "original_error", None)) is not None and isinstance(
        below, BaseException
    ):
        inner = below
    return _OBJECT.sub("", str(inner)) or type(inner).__name__


_OBJECT = re.compile(
    r"^(?:<?[\w.]+(?:\(host=[^)]*\)| object at 0x[0-9a-f]+>): )+"
    r"(?:Failed to establish a new connection: )?(?:\[Errno -?\d+\] )?"
)
"""What urllib3 puts before the reason: the connection, by the name of whichever class it is, and the number of the error."""

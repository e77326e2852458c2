"""Why a connection failed, in the words of the innermost error."""

from __future__ import annotations

import re


def innermost(error: BaseException) -> str:
    """Of urllib3's and websocket's errors, each of which names the one below it. Without the addresses of objects in memory."""
    inner, below = error, _below(error)
    while below is not None:
        inner, below = below, _below(below)
    return _OBJECT.sub("", str(inner)) or type(inner).__name__


def _below(error: BaseException) -> BaseException | None:
    below = getattr(error, "reason", None) or getattr(error, "original_error", None)
    return below if isinstance(below, BaseException) else None


_OBJECT = re.compile(
    r"^(?:<?[\w.]+(?:\(host=[^)]*\)| object at 0x[0-9a-f]+>): )+"
    r"(?:Failed to establish a new connection: )?(?:\[Errno -?\d+\] )?"
)
"""What urllib3 puts before the reason: the connection, by the name of whichever class it is, and the number of the error."""

"""JSON as an API server answers it."""

from __future__ import annotations

from typing import Any

from kubectl_kcp.errors import BadInput


def decode(content: bytes) -> Any:
    """Raises BadInput."""
    import msgspec

    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise BadInput("the API server answered with something that is not JSON") from None

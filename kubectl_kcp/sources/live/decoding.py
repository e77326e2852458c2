"""JSON as an API server answers it, and what is said where it answers something else."""

from __future__ import annotations

from typing import Any

from kubectl_kcp.errors import BadInput

SECRETS = "a list of Secrets"


def unexpected(asked: str) -> BadInput:
    """An answer of another kind than was ``asked`` for: ``a list of Secrets``."""
    return BadInput(f"the API server answered a request for {asked} with something else")


def decode(content: bytes) -> Any:
    """Raises BadInput."""
    import msgspec

    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise BadInput("the API server answered with something that is not JSON") from None

"""Regular expressions that a user typed."""

from __future__ import annotations

import re
from collections.abc import Callable

from kubectl_kcp.errors import UsageError

Search = Callable[[str], re.Match[str] | None]


def pattern(text: str, option: str) -> Search:
    """Raises UsageError, naming ``option``."""
    try:
        return re.compile(text).search
    except re.error as e:
        raise UsageError(f"{option} {text!r} is not a regular expression: {e}") from None

"""Codes of findings as a reader types them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from kubectl_kcp.advice import advice, command
from kubectl_kcp.errors import UsageError
from kubectl_kcp.findings.catalogue import CATALOGUE


def check_codes(codes: Iterable[str]) -> None:
    """Raises UsageError for a code that there is not. It names those that are spelled nearly so."""
    unknown = sorted({c for c in codes if c not in CATALOGUE})
    if not unknown:
        return
    near = list(dict.fromkeys(n for code in unknown for n in get_close_matches(code, CATALOGUE)))
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    raise UsageError(f"there is no finding {', '.join(unknown)}", advice(meant, command("explain"), " lists all"))

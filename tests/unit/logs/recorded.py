"""Logs of a KCP 1.14.2 that ran on the lab, as ``kubectl logs`` gives them."""

from __future__ import annotations

import lzma
from datetime import datetime, timezone
from pathlib import Path

RECORDINGS = Path(__file__).parents[2] / "recordings" / "logs"
NOW = datetime(2026, 11, 26, 14, tzinfo=timezone.utc)
"""Shortly after they were made."""


def recorded(name: str) -> list[str]:
    return lzma.decompress((RECORDINGS / f"kcp-v1.14.2-{name}.log.xz").read_bytes()).decode().splitlines()

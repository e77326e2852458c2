"""A process of this machine as text and data."""

from __future__ import annotations

from typing import Any

from kubectl_kcp.model.process import ProcessUse


def process_data(process: ProcessUse | None) -> dict[str, Any] | None:
    """``process`` of docs/schema/top.json and profile.json."""
    if process is None:
        return None
    return {
        "pid": process.pid,
        "program": process.program,
        "forwards": process.forwards,
        "cpuMillicores": None if process.cpu is None else round(process.cpu, 1),
        "memoryBytes": process.memory,
    }


def process_name(process: ProcessUse | None) -> str | None:
    """``manager 4711``; one that only leads elsewhere has no figures of its own."""
    if process is None:
        return None
    return f"{process.program} {process.pid}" + (" (leads elsewhere)" if process.forwards else "")

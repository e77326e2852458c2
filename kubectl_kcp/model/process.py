"""A process of this machine, as the operating system sees it."""

from __future__ import annotations

from msgspec import Struct


class ProcessUse(Struct, frozen=True):
    """``cpu`` in millicores over the window, None where that was too short; ``memory`` is resident, in bytes. Both are None for a
    process that may not be read, and for one that only leads elsewhere (``kubectl port-forward``), which ``forwards`` says."""

    pid: int
    program: str
    cpu: float | None = None
    memory: int | None = None
    forwards: bool = False

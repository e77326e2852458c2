"""What the API server asks of the other half: the machines that its Pods run on."""

from __future__ import annotations

import asyncio
from typing import Protocol

from tests.sandbox.kinds import Kind


class Backend(Protocol):
    async def open_port(self, namespace: str, pod: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to that port of the Pod. Raises ApiError or OSError."""

    def log(self, namespace: str, pod: str) -> list[tuple[str, str]]:
        """(RFC 3339 time, line) of what the Pod wrote, the oldest first."""

    async def admit(self, verb: str, kind: Kind, subresource: str, namespace: str, name: str) -> None:
        """An admission webhook. Raises ApiError to refuse."""

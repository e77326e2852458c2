"""The stand-in of a controller's process."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

from tests.sandbox.process import Process

POD = {"metadata": {"namespace": "ns", "name": "kcp", "uid": "1"}, "spec": {"containers": [{"name": "manager"}]}}


def test_it_ends_though_a_task_has_lost_the_first_cancellation() -> None:
    asyncio.run(_lost_once())


async def _lost_once() -> None:
    begun, lost = asyncio.Event(), asyncio.Event()

    async def stubborn() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            lost.set()
        await asyncio.Event().wait()

    process = Process(POD, Path(), None, dt.datetime.now(dt.timezone.utc))  # type: ignore[arg-type] # its server is not asked
    process.do(stubborn())
    await begun.wait()
    await asyncio.wait_for(process.end(), 30)
    assert lost.is_set()

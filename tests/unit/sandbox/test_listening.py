"""A server that is stopped while clients come."""

from __future__ import annotations

import asyncio
import gc
import socket

from tests.lab.certificates import issue
from tests.sandbox.etcd import Etcd


def test_it_leaves_no_connection_open() -> None:
    """An open one would be told when it is collected, and that fails a test here."""
    asyncio.run(_stopped_often())
    gc.collect()


async def _stopped_often() -> None:
    ca = issue("kubernetes")
    server, etcd = issue("m", ca, hosts=("127.0.0.1",)), Etcd("m")
    for number in range(12):
        await etcd.start(server, ca)
        clients = [socket.create_connection(("127.0.0.1", etcd.port)) for _ in range(3)]
        for _ in range(number % 3):  # so far have they come when it stops
            await asyncio.sleep(0)
        await etcd.stop()
        for client in clients:
            client.close()
    await asyncio.sleep(0.05)

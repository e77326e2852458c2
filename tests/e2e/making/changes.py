"""What is patched or created, and taken back."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from tests.e2e.client import Client
from tests.e2e.paused import remove

CAPI = "cluster.x-k8s.io"
Made = AbstractContextManager[None]
Json = dict[str, Any]


def ago(**parts: float) -> str:
    return (dt.datetime.now(dt.timezone.utc) - dt.timedelta(**parts)).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextlib.contextmanager
def patched(client: Client, path: str, change: Json, back: Json) -> Iterator[None]:
    client.patch(path, change)
    try:
        yield
    finally:
        client.patch(path, back)


@contextlib.contextmanager
def created(client: Client, path: str, body: Json) -> Iterator[None]:
    client.create(path, body)
    try:
        yield
    finally:
        remove(client, f"{path}/{body['metadata']['name']}")

"""The objects of an API server, their versions, and who watches them. Used from one event loop only."""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from tests.sandbox.errors import ApiError
from tests.sandbox.kinds import BY_PLURAL, Kind

Object = dict[str, Any]
Change = tuple[int, Kind, str, Object, "Object | None"]
"""Version, kind, ADDED MODIFIED or DELETED, the object, and what it was before."""
REMEMBERED = 5000
"""Changes that a watch can begin at; older ones have expired."""


def micro_text() -> str:
    return dt.datetime.now(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Store:
    """What is in it is never changed in place: a change is a new object under the same key."""

    def __init__(self) -> None:
        self.version = 1
        self.clock_offset = 0.0
        self._objects: dict[Kind, dict[tuple[str, str], Object]] = {}
        self._changes: deque[Change] = deque(maxlen=REMEMBERED)
        self._queues: list[asyncio.Queue[Change]] = []
        self.listeners: list[Callable[[Kind, str, Object], None]] = []

    def now(self) -> dt.datetime:
        """By the API server's clock, which may be off."""
        return dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=self.clock_offset)

    def now_text(self) -> str:
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def get(self, plural: str, namespace: str, name: str) -> Object | None:
        return self._objects.get(BY_PLURAL[plural], {}).get((namespace, name))

    def all(self, plural: str, namespace: str = "") -> list[Object]:
        """Sorted by namespace and name, as etcd's keys are."""
        found = self._objects.get(BY_PLURAL[plural], {})
        return [found[key] for key in sorted(found) if not namespace or key[0] == namespace]

    def put(self, plural: str, obj: Object) -> Object:
        """Created or replaced, with a new resourceVersion."""
        kind = BY_PLURAL[plural]
        meta = {**obj["metadata"]}
        meta.setdefault("uid", str(uuid.uuid4()))
        meta.setdefault("creationTimestamp", self.now_text())
        self.version += 1
        meta["resourceVersion"] = str(self.version)
        made = {"apiVersion": kind.api_version, "kind": kind.kind, **obj, "metadata": meta}
        key = (meta.get("namespace", ""), meta["name"])
        known = self._objects.setdefault(kind, {})
        before = known.get(key)
        known[key] = made
        self._tell(kind, "MODIFIED" if before else "ADDED", made, before)
        return made

    def modify(self, plural: str, namespace: str, name: str, change: Callable[[Object], None]) -> Object | None:
        """``change`` is given a copy. None where the object is gone."""
        found = self.get(plural, namespace, name)
        if found is None:
            return None
        made = copy.deepcopy(found)
        change(made)
        return made if made == found else self.put(plural, made)

    def remove(self, plural: str, namespace: str, name: str) -> Object | None:
        kind = BY_PLURAL[plural]
        found = self._objects.get(kind, {}).pop((namespace, name), None)
        if found is not None:
            self.version += 1
            last = {**found, "metadata": {**found["metadata"], "resourceVersion": str(self.version)}}
            self._tell(kind, "DELETED", last, found)
        return found

    def _tell(self, kind: Kind, word: str, obj: Object, before: Object | None) -> None:
        change = (self.version, kind, word, obj, before)
        self._changes.append(change)
        for queue in self._queues:
            queue.put_nowait(change)
        for listener in list(self.listeners):
            listener(kind, word, obj)

    def watch(self, kind: Kind, since: int) -> asyncio.Queue[Change]:
        """The changes after ``since``, those that come included; close it by :meth:`unwatch`. Raises ApiError 410."""
        oldest = self._changes[0][0] if len(self._changes) == REMEMBERED else 0
        if since < oldest - 1:
            raise ApiError(410, f"too old resource version: {since} ({oldest})")
        queue: asyncio.Queue[Change] = asyncio.Queue()
        for change in self._since(since):
            queue.put_nowait(change)
        self._queues.append(queue)
        return queue

    def _since(self, version: int) -> Iterator[Change]:
        return (change for change in self._changes if change[0] > version)

    def unwatch(self, queue: asyncio.Queue[Change]) -> None:
        self._queues.remove(queue)

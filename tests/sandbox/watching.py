"""Watches: the changes as they come, one JSON document a line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from tests.sandbox.errors import ApiError
from tests.sandbox.kinds import Kind
from tests.sandbox.request_info import RequestInfo
from tests.sandbox.selectors import matcher
from tests.sandbox.store import Change, Store

Object = dict[str, Any]
BOOKMARK_EVERY = 60.0
TRUE = ("1", "true", "True")


async def changes(store: Store, kind: Kind, asked: RequestInfo, query: Mapping[str, str]) -> AsyncIterator[Object]:
    """Watch events, until ``timeoutSeconds`` are over. An ERROR is the last."""
    fits = matcher(query.get("labelSelector", ""), query.get("fieldSelector", ""))
    begin, initial = query.get("resourceVersion") or "0", query.get("sendInitialEvents") in TRUE
    loop = asyncio.get_running_loop()
    end = loop.time() + float(query.get("timeoutSeconds") or 3600)
    try:
        since = store.version if begin == "0" or initial else int(begin)
        queue = store.watch(kind, since)
    except ApiError as e:
        yield {"type": "ERROR", "object": e.body()}
        return
    try:
        if begin == "0" or initial:
            for obj in [o for o in store.all(kind.plural, asked.namespace) if fits(o)]:
                yield {"type": "ADDED", "object": obj}
        if initial:
            yield _bookmark(kind, store, {"k8s.io/initial-events-end": "true"})
        while (left := end - loop.time()) > 0:
            try:
                change = await asyncio.wait_for(queue.get(), min(left, BOOKMARK_EVERY))
            except asyncio.TimeoutError:
                if query.get("allowWatchBookmarks") in TRUE and loop.time() < end:
                    yield _bookmark(kind, store, {})
                continue
            event = _event(change, kind, asked.namespace, fits)
            if event is not None:
                yield event
    finally:
        store.unwatch(queue)


def _event(change: Change, kind: Kind, namespace: str, fits: Any) -> Object | None:
    """An object that comes to fit is added for who selects by it, one that fits no more is deleted."""
    _, of, word, obj, before = change
    if of is not kind or (namespace and obj["metadata"].get("namespace") != namespace):
        return None
    is_in, was_in = word != "DELETED" and fits(obj), before is not None and fits(before)
    if not is_in and not was_in:
        return None
    shown = "DELETED" if not is_in else "MODIFIED" if was_in else "ADDED"
    return {"type": shown, "object": obj}


def _bookmark(kind: Kind, store: Store, annotations: dict[str, str]) -> Object:
    meta: Object = {"resourceVersion": str(store.version), **({"annotations": annotations} if annotations else {})}
    return {"type": "BOOKMARK", "object": {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": meta}}

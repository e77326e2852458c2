"""The subresources of Pods that are no streams: eviction and log."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from typing import Any

from tests.sandbox.backend import Backend
from tests.sandbox.errors import ApiError, not_found, precondition
from tests.sandbox.kinds import BY_PLURAL
from tests.sandbox.request_info import RequestInfo
from tests.sandbox.selectors import matches_labels
from tests.sandbox.store import Store
from tests.sandbox.writing import Writer, Writing

Object = dict[str, Any]
PODS = BY_PLURAL["pods"]
BUDGET = "Cannot evict pod as it would violate the pod's disruption budget."
TRUE = ("1", "true", "True")


def evict(store: Store, writing: Writing, asked: RequestInfo, body: Object, by: Writer) -> Object:
    """Raises ApiError 404, 409 for another uid, 429 where a PodDisruptionBudget has nothing to give."""
    pod = store.get("pods", asked.namespace, asked.name)
    if pod is None:
        raise not_found(PODS, asked.name)
    options = body.get("deleteOptions") or {}
    uid = (options.get("preconditions") or {}).get("uid", pod["metadata"]["uid"])
    if uid != pod["metadata"]["uid"]:
        raise precondition(PODS, asked.name, "UID", uid, pod["metadata"]["uid"])
    if pod.get("status", {}).get("phase") not in ("Succeeded", "Failed", "Pending") and not pod["metadata"].get("deletionTimestamp"):
        _budget(store, pod)
    writing.delete(PODS, asked, options, by)
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def _budget(store: Store, pod: Object) -> None:
    meta = pod["metadata"]
    found = [
        b
        for b in store.all("poddisruptionbudgets", meta["namespace"])
        if matches_labels(b["spec"].get("selector") or {}, meta.get("labels") or {})
    ]
    if len(found) > 1:
        raise ApiError(500, "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
    if not found:
        return
    budget, status = found[0], found[0].get("status") or {}
    name = budget["metadata"]["name"]
    if int(status.get("observedGeneration") or 0) < int(budget["metadata"].get("generation") or 0):
        raise _refused(f"The disruption budget {name} is still being processed by the server.", 10)
    if int(status.get("disruptionsAllowed") or 0) == 0:
        wanted, healthy = int(status.get("desiredHealthy") or 0), int(status.get("currentHealthy") or 0)
        needs = f"needs {wanted} healthy pods and has {healthy} currently"
        raise _refused(f"The disruption budget {name} {needs if healthy <= wanted else 'does not allow evicting pods currently'}", None)
    left = {**status, "disruptionsAllowed": int(status["disruptionsAllowed"]) - 1}
    store.put("poddisruptionbudgets", {**budget, "status": left})


def _refused(why: str, retry_after: int | None) -> ApiError:
    return ApiError(429, BUDGET, retry_after=retry_after, details={"causes": [{"reason": "DisruptionBudget", "message": why}]})


def container(pod: Object, wanted: str) -> str:
    """The one to read the log of. Raises ApiError 400 in Kubernetes' words."""
    name, spec = pod["metadata"]["name"], pod["spec"]
    names = [c["name"] for c in spec.get("containers") or ()]
    if wanted and wanted not in names + [c["name"] for c in spec.get("initContainers") or ()]:
        raise ApiError(400, f"container {wanted} is not valid for pod {name}")
    if not wanted and len(names) > 1:
        raise ApiError(400, f"a container name must be specified for pod {name}, choose one of: [{' '.join(names)}]")
    return wanted or names[0]


async def log(store: Store, backend: Backend, asked: RequestInfo, query: Mapping[str, str]) -> AsyncIterator[bytes]:
    """The lines that the query asks for; with ``follow`` those that come, until the Pod is gone."""
    pod = store.get("pods", asked.namespace, asked.name)
    if pod is None:
        raise not_found(PODS, asked.name)
    container(pod, query.get("container", ""))
    if query.get("previous") in TRUE:
        raise ApiError(400, f'previous terminated container "{query.get("container", "")}" in pod "{asked.name}" not found')
    lines = backend.log(asked.namespace, asked.name)
    seen = len(lines)
    left = int(query.get("limitBytes") or 0) or None
    shown = _tail(_since(lines, query, store.now()), query.get("tailLines"))
    while True:
        for time, line in shown:
            data = (f"{time} {line}\n" if query.get("timestamps") in TRUE else f"{line}\n").encode()[:left]
            yield data
            if left is not None:
                left -= len(data)
                if left <= 0:
                    return
        if query.get("follow") not in TRUE or store.get("pods", asked.namespace, asked.name) is None:
            return
        await asyncio.sleep(0.1)
        lines = backend.log(asked.namespace, asked.name)
        shown, seen = lines[seen:], len(lines)


def _tail(lines: list[tuple[str, str]], tail: str | None) -> list[tuple[str, str]]:
    return lines if tail is None else lines[-int(tail) :] if int(tail) else []


def _since(lines: list[tuple[str, str]], query: Mapping[str, str], now: dt.datetime) -> list[tuple[str, str]]:
    if "sinceSeconds" in query:
        start = now - dt.timedelta(seconds=int(query["sinceSeconds"]))
    elif "sinceTime" in query:
        start = _time(query["sinceTime"])
    else:
        return lines
    return [(time, line) for time, line in lines if _time(time) >= start]


def _time(text: str) -> dt.datetime:
    """RFC 3339; Python's microseconds are enough."""
    head, dot, tail = text.replace("Z", "+00:00").partition(".")
    if dot:
        digits = len(tail) - len(tail.lstrip("0123456789"))
        head += f".{tail[:digits][:6]:0<6}{tail[digits:]}"
    return dt.datetime.fromisoformat(head)

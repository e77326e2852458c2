"""Leader election (client-go ``leaderelection``): the Lease lasts as long as the real one, but is tried more often.

A process that ends does not release it, as Cluster API's controllers do not.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

from tests.sandbox.process import Process
from tests.sandbox.store import Store, micro_text

RETRY = 0.3
TOLD_EACH = 10
"""Tries from one log line to the next, so that there is one each few seconds as with the real one."""


async def lead(process: Process, store: Store, lease: str, began: Callable[[], None]) -> None:
    """Tries for ever; ``began`` is called each time that the process starts to lead."""
    leading = False
    for tries in itertools.count():
        await process.running.wait()
        found = store.get("leases", process.namespace, lease)
        if found is not None:
            spec = found["spec"]
            if spec.get("holderIdentity") == process.identity:
                store.put("leases", {**found, "spec": {**spec, "renewTime": micro_text()}})
                if not leading:
                    leading = True
                    began()
                _tell(process, tries, 5, "Successfully renewed lease", lease)
            elif not spec.get("holderIdentity") or _over(spec):
                _take(process, store, found)
                continue
            else:
                leading = False
                _tell(process, tries, 4, "Failed to acquire lease", lease)
        await asyncio.sleep(RETRY)


def _tell(process: Process, tries: int, verbosity: int, words: str, lease: str) -> None:
    if process.verbosity >= verbosity and tries % TOLD_EACH == 0:
        process.say("leaderelection.go:276", f'"{words}" lock="{process.namespace}/{lease}"')


def _over(spec: dict[str, Any]) -> bool:
    renewed = dt.datetime.fromisoformat(spec["renewTime"].replace("Z", "+00:00"))
    return dt.datetime.now(dt.timezone.utc) > renewed + dt.timedelta(seconds=spec["leaseDurationSeconds"])


def _take(process: Process, store: Store, found: dict[str, Any]) -> None:
    now = micro_text()
    taken = {"holderIdentity": process.identity, "acquireTime": now, "renewTime": now}
    spec = {**found["spec"], **taken, "leaseTransitions": int(found["spec"].get("leaseTransitions") or 0) + 1}
    store.put("leases", {**found, "spec": spec})
    about = f'object={{"kind":"Lease","namespace":"{process.namespace}","name":"{found["metadata"]["name"]}"}}'
    process.say("recorder.go:116", f'"{process.identity} became leader" logger="events" type="Normal" {about} reason="LeaderElection"')

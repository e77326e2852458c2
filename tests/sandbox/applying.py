"""Server-side apply: what is wanted, laid over what there is. Pure."""

from __future__ import annotations

import copy
import json
from typing import Any

from tests.sandbox.managed_fields import KEYS, SETS, Path, item_key

Object = dict[str, Any]


def merged(live: Object, wanted: Object, given_up: set[Path]) -> Object:
    """``live`` with ``wanted``, without the fields of ``given_up``."""
    made: Object = _over(live, wanted, "")
    for path in sorted(given_up, key=len, reverse=True):
        _remove(made, path)
    return made


def _over(live: Any, wanted: Any, name: str) -> Any:
    if isinstance(wanted, dict) and isinstance(live, dict):
        return {**copy.deepcopy(live), **{k: _over(live.get(k), v, k) for k, v in wanted.items()}}
    if isinstance(wanted, list) and isinstance(live, list):
        if name in SETS:
            return [*live, *(v for v in wanted if v not in live)]
        if KEYS.get(name):
            known = {item_key(name, item): item for item in live}
            for item in wanted:
                key = item_key(name, item)
                known[key] = _over(known.get(key), item, "")
            return list(known.values())
    return copy.deepcopy(wanted)


def _remove(at: Any, path: Path) -> None:
    """A map or a list that is left with items in it stays."""
    *above, last = path
    name = ""
    for element in above:
        at = _step(at, element, name)
        name = element.partition(":")[2]
        if at is None:
            return
    if last.startswith("f:") and isinstance(at, dict):
        value = at.get(last[2:])
        if not (isinstance(value, (dict, list)) and value and _keeps(last[2:], value)):
            at.pop(last[2:], None)
    elif last.startswith("k:") and isinstance(at, list):
        at[:] = [item for item in at if item_key(name, item) != last]
    elif last.startswith("v:") and isinstance(at, list):
        at[:] = [item for item in at if item != json.loads(last[2:])]


def _keeps(name: str, value: dict[str, Any] | list[Any]) -> bool:
    """Owned part by part, so that what is left in it belongs to somebody."""
    return isinstance(value, dict) or name in SETS or bool(KEYS.get(name))


def _step(at: Any, element: str, name: str) -> Any:
    if element.startswith("f:"):
        return at.get(element[2:]) if isinstance(at, dict) else None
    return next((item for item in at if item_key(name, item) == element), None) if isinstance(at, list) else None

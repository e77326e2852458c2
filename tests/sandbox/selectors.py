"""Label selectors and field selectors, as far as clients write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.sandbox.errors import ApiError

Object = dict[str, Any]
SET = re.compile(r"^(!?)\s*([\w./-]+)(?:\s+(in|notin)\s+\(([^)]*)\))?$")
EQUAL = re.compile(r"^([\w./-]+)\s*(==|=|!=)\s*([^=!]*)$")
FIELDS: dict[str, Callable[[Object], str]] = {
    "metadata.name": lambda o: str(o["metadata"]["name"]),
    "metadata.namespace": lambda o: str(o["metadata"].get("namespace", "")),
    "type": lambda o: str(o.get("type", "")),
    "spec.nodeName": lambda o: str(o.get("spec", {}).get("nodeName", "")),
    "status.phase": lambda o: str(o.get("status", {}).get("phase", "")),
    "involvedObject.name": lambda o: str(o.get("involvedObject", {}).get("name", "")),
    "involvedObject.uid": lambda o: str(o.get("involvedObject", {}).get("uid", "")),
}


def matcher(labels: str, fields: str) -> Callable[[Object], bool]:
    """Raises ApiError 400 for a selector that is none, or for a field that nothing is selected by."""
    tests = [_label(part) for part in _parts(labels)] + [_field(part) for part in _parts(fields)]
    return lambda obj: all(test(obj) for test in tests)


def matches_labels(selector: Object, labels: dict[str, str]) -> bool:
    """A ``metav1.LabelSelector`` with matchLabels."""
    return all(labels.get(k) == v for k, v in (selector.get("matchLabels") or {}).items())


def _parts(text: str) -> list[str]:
    return [p.strip() for p in re.split(r",(?![^(]*\))", text) if p.strip()]


def _label(text: str) -> Callable[[Object], bool]:
    if found := EQUAL.match(text):
        key, sign, value = found.groups()
        wanted = value.strip()
        return lambda o: (_labels(o).get(key) == wanted) == (sign != "!=")
    if found := SET.match(text):
        no, key, word, values = found.groups()
        if word is None:
            return lambda o: (key in _labels(o)) != bool(no)
        given = {v.strip() for v in values.split(",")}
        return lambda o: (_labels(o).get(key) in given) == (word == "in")
    raise ApiError(400, f"unable to parse requirement: {text}")


def _field(text: str) -> Callable[[Object], bool]:
    found = EQUAL.match(text)
    if not found or found[1] not in FIELDS:
        name = text.partition("=")[0].rstrip("!")
        raise ApiError(400, f'"{name}" is not a known field selector: only "metadata.name", "metadata.namespace"')
    read, sign, value = FIELDS[found[1]], found[2], found[3].strip()
    return lambda o: (read(o) == value) == (sign != "!=")


def _labels(obj: Object) -> dict[str, str]:
    found: dict[str, str] = obj["metadata"].get("labels") or {}
    return found


def exact_name(fields: str) -> str:
    """The one name that a field selector asks for: a list of it needs the right to that object only."""
    found = [EQUAL.match(part) for part in _parts(fields)]
    names = [m[3].strip() for m in found if m and m[1] == "metadata.name" and m[2] != "!="]
    return names[0] if names else ""

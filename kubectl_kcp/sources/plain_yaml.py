"""YAML of others to mappings, lists and strings: no types are constructed, nothing recurses, and it is bounded.

PyYAML's own loaders recurse into what they read (the one in C until the process dies), build what merge keys multiply, and
raise any exception for a scalar that is not of the type it claims.
"""

from __future__ import annotations

import re
from typing import Any

DEEPEST = 64
"""Levels of nesting; a kubeconfig has six."""
MOST = 100_000
"""Nodes; a kubeconfig of one cluster has about forty."""


class NotText(str):
    """A plain scalar that YAML takes for a number or a truth value, as it was written."""

    __slots__ = ()


_NOT_TEXT = re.compile(
    r"[-+]?(\d[\d_]*(\.\d*)?|\.\d+)([eE][-+]?\d+)?|[-+]?0[xob][\da-fA-F_]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|"
    r"true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF"
)
NULLS = frozenset({"", "~", "null", "Null", "NULL"})


def load(data: bytes, most: int = MOST, aliases: bool = True) -> Any:
    """The first document: scalars are ``str``, NotText where YAML sees another type, or None where plain and null. ``most`` nodes are
    read. Without ``aliases`` nothing stands in it twice, so that it can be written out. Raises ValueError, free of the content."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _build(yaml.parse(data, Loader=loader), most, aliases)
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ValueError("not YAML") from None


def _build(events: Any, most: int, aliases: bool) -> Any:
    """``open_nodes`` is the way from the document to where we are; a mapping waits as a list of keys and values in turn."""
    import yaml

    anchors: dict[str, Any] = {}
    root: list[Any] = []
    open_nodes: list[tuple[list[Any], yaml.Event]] = [(root, yaml.Event())]
    for count, event in enumerate(events):
        if count > most or len(open_nodes) > DEEPEST:
            raise ValueError("YAML that is nested too deep or too large")
        if isinstance(event, yaml.DocumentEndEvent):
            break
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append(([], event))
        elif isinstance(event, yaml.CollectionEndEvent):
            children, start = open_nodes.pop()
            made = _mapping(children) if isinstance(start, yaml.MappingStartEvent) else children
            _put(open_nodes[-1][0], made, start, anchors)
        elif isinstance(event, yaml.ScalarEvent):
            _put(open_nodes[-1][0], _scalar(event.value) if event.implicit[0] else event.value, event, anchors)
        elif isinstance(event, yaml.AliasEvent):
            if not aliases:
                raise ValueError("YAML with aliases")
            open_nodes[-1][0].append(anchors.get(event.anchor or ""))
    return root[0] if root else None


def _scalar(text: str) -> str | None:
    """One without quotes and tag."""
    if text in NULLS:
        return None
    return NotText(text) if _NOT_TEXT.fullmatch(text) else text


def _put(children: list[Any], value: Any, event: Any, anchors: dict[str, Any]) -> None:
    children.append(value)
    if event.anchor is not None:
        anchors[event.anchor] = value


def _mapping(children: list[Any]) -> dict[str, Any]:
    """Keys that are no strings name nothing that anyone asks for."""
    return {k: v for k, v in zip(children[::2], children[1::2], strict=False) if isinstance(k, str)}

"""Kinds of objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Object = Mapping[str, Any]
"""A Kubernetes object as JSON."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of object. ``version`` is "" where the server's preferred one is to be used."""

    group: str
    plural: str
    kind: str
    version: str = ""
    namespaced: bool = True

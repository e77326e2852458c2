"""Kinds of objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

Object = Mapping[str, Any]
"""A Kubernetes object as JSON."""


class Resource(Struct, frozen=True):
    """A kind of object. ``version`` is "" where the server's preferred one is to be used."""

    group: str
    plural: str
    kind: str
    version: str = ""
    namespaced: bool = True

"""Names of things, and what could not be read of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """``namespace/name`` of an object; the namespace is empty for cluster-scoped ones."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that could not be read, and why. Appears as an item of ``errors[]`` and makes the exit code 3.

    ``hint`` is the one line that cures it, where we know it.
    """

    subject: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """What a read gave: the items, and what is missing from them."""

    items: tuple[T, ...] = ()
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Which clusters a command is about, as kubectl's ``-n``, ``-A``, ``-l`` and the CLUSTER arguments say it.

    ``namespace`` is None for all namespaces. ``names`` holds CLUSTER arguments (``NAME`` or ``NAMESPACE/NAME``).
    """

    namespace: str | None = None
    selector: str = ""
    names: tuple[str, ...] = field(default=())

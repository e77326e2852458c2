"""Names of things, and what could not be read of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from kubectl_kcp.advice import NO_ADVICE, Advice
from kubectl_kcp.errors import FailureKind, KcpError

T = TypeVar("T")
CONTEXT = "Context"
"""The ``kind`` of a Subject that is a whole management cluster, one of several that are looked at."""


def few(names: Sequence[object], most: int) -> str:
    """``a, b, c and 4 more``: the first ``most``, and how many others there are."""
    return ", ".join(map(str, names[:most])) + (f" and {len(names) - most} more" if len(names) > most else "")


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """``namespace/name`` of an object; the namespace is empty for cluster-scoped ones."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


@dataclass(frozen=True, slots=True, order=True)
class ObjectRef:
    """One object with its kind, as Kubernetes writes it: ``Cluster``, ``Secret``, ``Pod``. ``File`` and ``URL`` are what a profile
    was read from; their ``ref`` has no namespace."""

    kind: str
    ref: Ref

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What could not be read: an object, all objects of a kind (no ``name``; ``kind`` is their plural, ``pods``), or a ``part`` of one
    of these: a Pod's log, a Cluster's etcd. ``kind`` is as in ObjectRef; also ``Right``, and "" where an old recording has no more
    than a text."""

    kind: str
    namespace: str = ""
    name: str = ""
    part: str = ""

    @classmethod
    def of(cls, kind: str, ref: Ref, part: str = "") -> Subject:
        return cls(kind, ref.namespace, ref.name, part)

    def __str__(self) -> str:
        if self.name:
            whole = f"{self.kind.lower()} {Ref(self.namespace, self.name)}".lstrip()
        else:
            whole = f"{self.kind} in {self.namespace}" if self.namespace else self.kind
        return f"{self.part} of {whole}" if self.part else whole


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that could not be read, and why. Appears as an item of ``errors[]`` and makes the exit code 3.

    ``hint`` is the one line that cures it, where we know it. ``context`` names the management cluster where several are looked at.
    """

    subject: Subject
    kind: FailureKind
    reason: str
    hint: Advice = NO_ADVICE
    context: str = ""

    @classmethod
    def of(cls, subject: Subject, error: KcpError) -> Failure:
        return cls(subject, error.kind, str(error), error.hint)


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """What a read gave: the items, and what is missing from them. ``held`` is False where the source has no such kind at all: the
    API server does not know it, or it was not recorded."""

    items: tuple[T, ...] = ()
    failures: tuple[Failure, ...] = ()
    held: bool = True


@dataclass(frozen=True, slots=True)
class Scope:
    """Which clusters a command is about, as kubectl's ``-n``, ``-A``, ``-l`` and the CLUSTER arguments say it.

    ``namespace`` is None for all namespaces. ``names`` holds CLUSTER arguments (``NAME`` or ``NAMESPACE/NAME``).
    """

    namespace: str | None = None
    selector: str = ""
    names: tuple[str, ...] = field(default=())

    @property
    def whole(self) -> bool:
        """Whether it is about all clusters that there are."""
        return self.namespace is None and not self.selector and not self.names

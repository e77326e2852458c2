"""Names of things, and what could not be read of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from msgspec import Struct

from kubectl_kcp.advice import NO_ADVICE, Advice
from kubectl_kcp.errors import FailureKind, KcpError

T = TypeVar("T")
CONTEXT, RIGHT = "Context", "Right"
"""The ``kind`` of a Subject that is no object: a whole management cluster, one of several that are looked at; a right of RBAC."""


def few(names: Sequence[object], most: int) -> str:
    """``a, b, c and 4 more``: the first ``most``, and how many others there are."""
    return ", ".join(map(str, names[:most])) + (f" and {len(names) - most} more" if len(names) > most else "")


class Ref(Struct, frozen=True, order=True):
    """``namespace/name`` of an object; the namespace is empty for cluster-scoped ones."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class ObjectRef(Struct, frozen=True, order=True):
    """One object with its kind, as Kubernetes writes it: ``Cluster``, ``Secret``, ``Pod``. ``File`` and ``URL`` are what a profile
    was read from; their ``ref`` has no namespace."""

    kind: str
    ref: Ref

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class Subject(Struct, frozen=True, order=True):
    """What could not be read: an object, all objects of a kind (no ``name``; ``kind`` is their plural, ``pods``), or a ``part`` of one
    of these: a Pod's log, a Cluster's etcd. ``kind`` is as in ObjectRef; also ``Context`` and ``Right``, and "" where an old bundle
    has no more than a text."""

    kind: str
    namespace: str = ""
    name: str = ""
    part: str = ""

    @classmethod
    def of(cls, kind: str, ref: Ref, part: str = "") -> Subject:
        return cls(kind, ref.namespace, ref.name, part)

    @property
    def word(self) -> str:
        """The kind as Kubernetes writes it; what Kubernetes has no kind for is written small."""
        return self.kind.lower() if self.kind in (CONTEXT, RIGHT) else self.kind

    def __str__(self) -> str:
        if self.name:
            whole = f"{self.word} {Ref(self.namespace, self.name)}".lstrip()
        else:
            whole = f"{self.kind} in {self.namespace}" if self.namespace else self.kind
        return f"{self.part} of {whole}" if self.part else whole


class Origin(Struct, frozen=True):
    """The management cluster that was read: the ``context`` of the kubeconfig, "" without one (in a Pod), and the ``server``'s URL.
    A bundle that was told neither has its own ``name`` alone."""

    name: str
    context: str = ""
    server: str = ""

    @classmethod
    def of(cls, context: str, server: str) -> Origin:
        return cls(f"context {context} ({server})" if context else f"in-cluster ({server})", context, server)

    def __str__(self) -> str:
        return self.name


NO_ORIGIN = Origin("")


class Failure(Struct, frozen=True):
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


class Listing(Struct, Generic[T], frozen=True):
    """What a read gave: the items, and what is missing from them. ``held`` is False where the source has no such kind at all: the
    API server does not know it, or it was not recorded."""

    items: tuple[T, ...] = ()
    failures: tuple[Failure, ...] = ()
    held: bool = True


class Scope(Struct, frozen=True):
    """Which clusters a command is about, as kubectl's ``-n``, ``-A``, ``-l`` and the CLUSTER arguments say it.

    ``namespace`` is None for all namespaces. ``names`` holds CLUSTER arguments (``NAME`` or ``NAMESPACE/NAME``).
    """

    namespace: str | None = None
    selector: str = ""
    names: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether it is about all clusters that there are."""
        return self.namespace is None and not self.selector and not self.names

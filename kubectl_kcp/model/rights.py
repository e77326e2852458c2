"""Which rights are there, command by command."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from kubectl_kcp.model.reference import Failure


class Right(Struct, frozen=True):
    """One question for an access review (authorization.k8s.io/v1): a verb on a resource, or on the non-resource ``url``.

    ``namespace`` is empty for all of them. ``of_account``: of the ServiceAccount for diagnostics, not of the user.
    """

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    namespace: str = ""
    url: str = ""
    of_account: bool = False

    @property
    def target(self) -> str:
        """As kubectl writes it: ``deployments.apps``, ``pods/log``, ``/metrics``."""
        if self.url:
            return self.url
        return self.resource + (f"/{self.subresource}" if self.subresource else "") + (f".{self.group}" if self.group else "")


class Answer(Struct, frozen=True):
    """``allowed`` is None where it could not be asked. ``flag`` of ``access manifest`` grants it ("": needs no flag);
    ``without`` is what becomes of a command. A ``fallback`` is used only where a list of all namespaces is refused."""

    right: Right
    allowed: bool | None
    flag: str = ""
    without: str = ""
    fallback: bool = False


class State(str, Enum):
    """``NOT_GRANTED`` is a command that changes something and whose own role is not bound: nothing is wrong with that."""

    OK = "ok"
    MISSING = "missing"
    NOT_GRANTED = "not granted"
    UNKNOWN = "unknown"


class CommandAccess(Struct, frozen=True):
    """One command and all that it needs. ``changes``: it changes something."""

    command: str
    changes: bool
    answers: tuple[Answer, ...]

    @property
    def missing(self) -> tuple[Answer, ...]:
        """A fallback is missed only beside something else."""
        denied = tuple(a for a in self.answers if a.allowed is False)
        return denied if any(not a.fallback for a in denied) else ()

    @property
    def unknown(self) -> tuple[Answer, ...]:
        return tuple(a for a in self.answers if a.allowed is None)

    @property
    def state(self) -> State:
        if self.missing:
            return State.NOT_GRANTED if self.changes and any(a.flag for a in self.missing) else State.MISSING
        return State.UNKNOWN if self.unknown else State.OK


class AccessReport(Struct, frozen=True):
    """``user`` is None where the API server does not tell it. ``namespace``: only clusters there; "" for all."""

    items: tuple[CommandAccess, ...]
    user: str | None
    account: str
    namespace: str = ""
    failures: tuple[Failure, ...] = ()

    @property
    def incomplete(self) -> bool:
        """Whether a command that only reads lacks something, or may lack it."""
        return any(not i.changes and i.state is not State.OK for i in self.items)

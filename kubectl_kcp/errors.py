"""The one family of errors, each with the exit code a shell sees. Caught once, in ``cli.main``."""

from __future__ import annotations

from enum import Enum, IntEnum

from kubectl_kcp.advice import Advice, advice


class ExitCode(IntEnum):
    """What the process returns. Documented in docs/exit-codes.md."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3
    FAILED = 4
    TIMEOUT = 124
    INTERRUPTED = 130


class FailureKind(str, Enum):
    """What kept us from something: ``kind`` of an item of ``errors[]`` (docs/schema). Decisions go by it, never by the words."""

    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    NOT_SERVED = "not-served"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    BAD_DATA = "bad-data"
    REFUSED = "refused"
    BUSY = "busy"
    INTERRUPTED = "interrupted"
    LEFT_OUT = "left-out"
    """The user did not want it read."""
    UNDECIDED = "undecided"
    """All was read, and it does not tell."""
    FAILED = "failed"
    """None of these."""


class KcpError(Exception):
    """Something failed. ``str()`` says what, on what and why; ``hint`` says what to try next; ``kind`` is the same for a program."""

    exit_code: ExitCode = ExitCode.FAILED
    kind: FailureKind = FailureKind.FAILED

    def __init__(self, message: str, hint: str | Advice = "") -> None:
        super().__init__(message)
        self.hint = advice(hint)


class UsageError(KcpError):
    """The command line asks for something that cannot be."""

    exit_code = ExitCode.USAGE


class BadInput(KcpError):
    """A file, page or answer is not what it claims to be: a cut profile, a hostile archive, another program's page."""

    kind = FailureKind.BAD_DATA


class Forbidden(KcpError):
    """The API server, or a controller, refused for want of a right. ``hint`` names the line that cures it."""

    kind = FailureKind.FORBIDDEN


class NotFound(KcpError):
    """The thing named does not exist, or this source does not hold it."""

    kind = FailureKind.NOT_FOUND


class NotServed(NotFound):
    """A controller's process does not serve it, by its flags or version. The message names the flag that turns it on."""

    kind = FailureKind.NOT_SERVED


class Unreachable(KcpError):
    """A peer could not be dialled, or the connection broke."""

    kind = FailureKind.UNREACHABLE


class Refused(KcpError):
    """We will not do it: a precondition of a change does not hold."""

    kind = FailureKind.REFUSED


class Busy(KcpError):
    """It does this for another at the moment, and for one at a time."""

    kind = FailureKind.BUSY


class Timeout(KcpError):
    """A deadline passed."""

    exit_code = ExitCode.TIMEOUT
    kind = FailureKind.TIMEOUT


class Interrupted(KcpError):
    """The user pressed Ctrl-C."""

    exit_code = ExitCode.INTERRUPTED
    kind = FailureKind.INTERRUPTED

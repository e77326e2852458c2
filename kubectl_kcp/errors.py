"""The one family of errors, each with the exit code a shell sees. Caught once, in ``cli.main``."""

from __future__ import annotations

from enum import IntEnum

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


class KcpError(Exception):
    """Something failed. ``str()`` says what, on what and why; ``hint`` says what to try next."""

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(self, message: str, hint: str | Advice = "") -> None:
        super().__init__(message)
        self.hint = advice(hint)


class UsageError(KcpError):
    """The command line asks for something that cannot be."""

    exit_code = ExitCode.USAGE


class BadInput(KcpError):
    """A file, page or answer is not what it claims to be: a cut profile, a hostile archive, another program's page."""


class Forbidden(KcpError):
    """The API server, or a controller, refused for want of a right. ``hint`` names the line that cures it."""


class NotFound(KcpError):
    """The thing named does not exist, or this source does not hold it."""


class NotServed(NotFound):
    """A controller's process does not serve it, by its flags or version. The message names the flag that turns it on."""


class Unreachable(KcpError):
    """A peer could not be dialled, or the connection broke."""


class Refused(KcpError):
    """We will not do it: a precondition of a change does not hold."""


class Timeout(KcpError):
    """A deadline passed."""

    exit_code = ExitCode.TIMEOUT


class Interrupted(KcpError):
    """The user pressed Ctrl-C."""

    exit_code = ExitCode.INTERRUPTED

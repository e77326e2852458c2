"""Logs that do not reach as far back as a question does: what is not in them is not looked at, and that is said."""

from __future__ import annotations

from datetime import datetime, timedelta

from kubectl_kcp.errors import FailureKind
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.reference import Failure, Subject
from kubectl_kcp.sources.interface import Processes

TO_THE_SECOND = timedelta(seconds=1)
"""Logs are asked for, and times written, to the second."""


def too_short(source: Processes, pod: Pod, since: datetime, what: str) -> Failure | None:
    """Where the Pod's log begins after ``since``. ``what`` cannot be told of the time before: ``reconciles that failed``."""
    begins = source.log_begins(pod)
    if begins is None or begins <= since + TO_THE_SECOND:
        return None
    words = f"the bundle's log begins at {begins:%Y-%m-%d %H:%M:%SZ}; {what} from {since:%Y-%m-%d %H:%M:%SZ} until then: not looked at"
    return Failure(Subject.of("Pod", pod.ref, "log"), FailureKind.UNDECIDED, words)

"""What could not be read: how it is named, and of which kind the failure is."""

from __future__ import annotations

import pytest

from kubectl_kcp.errors import BadInput, FailureKind, Forbidden, Interrupted, KcpError, NotFound, NotServed, Refused, Timeout, Unreachable
from kubectl_kcp.kube.api import failure
from kubectl_kcp.model.reference import CONTEXT, RIGHT, Failure, Ref, Subject


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (Subject.of("Pod", Ref("ns", "a")), "Pod ns/a"),
        (Subject.of("Pod", Ref("ns", "a"), "log"), "log of Pod ns/a"),
        (Subject("Cluster", name="w1"), "Cluster w1"),
        (Subject(CONTEXT, name="prod"), "context prod"),
        (Subject(RIGHT, name="get pods"), "right get pods"),
        (Subject("pods"), "pods"),
        (Subject("pods", "ns"), "pods in ns"),
        (Subject("", name="what an old bundle says"), "what an old bundle says"),
    ],
)
def test_how_it_is_named(subject: Subject, words: str) -> None:
    assert str(subject) == words


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Forbidden, "forbidden"),
        (NotFound, "not-found"),
        (NotServed, "not-served"),
        (Unreachable, "unreachable"),
        (Timeout, "timeout"),
        (BadInput, "bad-data"),
        (Refused, "refused"),
        (Interrupted, "interrupted"),
        (KcpError, "failed"),
    ],
)
def test_each_error_is_of_a_kind(error: type[KcpError], kind: str) -> None:
    made = Failure.of(Subject("pods"), error("words", "try this"))
    assert (made.kind.value, made.reason, made.hint.text("kcp")) == (kind, "words", "try this")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, FailureKind.FORBIDDEN),
        (403, FailureKind.FORBIDDEN),
        (404, FailureKind.NOT_FOUND),
        (409, FailureKind.REFUSED),
        (422, FailureKind.REFUSED),
        (500, FailureKind.UNREACHABLE),
        (503, FailureKind.UNREACHABLE),
    ],
)
def test_what_an_api_server_answers_is_of_a_kind(status: int, kind: FailureKind) -> None:
    """Whatever its words are."""
    assert failure("GET", "/x", status, b'{"message": "pods is forbidden: not found"}').kind is kind

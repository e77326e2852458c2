"""Failures as a manifest holds them, also as older releases wrote them."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_kcp.advice import advice, command
from kubectl_kcp.errors import FailureKind
from kubectl_kcp.model.reference import Failure, Ref, Subject
from kubectl_kcp.sources.bundle.failures import failure_row, recorded_failure

CASES = [
    Failure(Subject("pods"), FailureKind.FORBIDDEN, "no right", advice(command("access manifest"), " | kubectl apply -f -")),
    Failure(Subject("pods", "ns"), FailureKind.TIMEOUT, "too slow"),
    Failure(Subject.of("Pod", Ref("ns", "a"), "cpu profile"), FailureKind.NOT_SERVED, "it serves none"),
    Failure(Subject("secrets"), FailureKind.LEFT_OUT, "left out"),
]


@pytest.mark.parametrize("failure", CASES, ids=str)
def test_what_is_recorded_reads_back_equal(failure: Failure) -> None:
    assert recorded_failure(failure_row(failure)) == failure


@pytest.mark.parametrize(
    ("row", "subject"),
    [
        ({"subject": "machines", "reason": "r", "hint": "h"}, Subject("machines")),
        ({"subject": "machines in ns", "reason": "r"}, Subject("machines", "ns")),
        ({"subject": "pod ns/a", "reason": "r"}, Subject("", name="pod ns/a")),
        ({"subject": 1, "kind": "of tomorrow", "ref": [], "reason": {}}, Subject("")),
    ],
)
def test_rows_of_other_releases(row: dict[str, Any], subject: Subject) -> None:
    found = recorded_failure(row)
    assert (found.subject, found.kind) == (subject, FailureKind.FAILED)

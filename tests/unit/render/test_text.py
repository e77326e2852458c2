"""What could not be read, told once for what is alike, and wrapped where a person reads it."""

from __future__ import annotations

import random

from kubectl_kcp.advice import advice, command
from kubectl_kcp.errors import FailureKind
from kubectl_kcp.model.reference import Failure, Ref, Subject
from kubectl_kcp.render.text import error_lines, failure_lines

PODS = [Ref("a-system", f"pod-{n}") for n in range(5)]
CURE = advice(command("access check"), " prints the line that grants it")


def of(pod: Ref, part: str = "", reason: str = "no token") -> Failure:
    return Failure(Subject.of("Pod", pod, part), FailureKind.FORBIDDEN, reason, CURE)


def test_what_fails_in_any_order_is_told_in_one() -> None:
    failures = [of(p) for p in PODS]
    random.Random(7).shuffle(failures)
    assert failure_lines(failures, "kubectl kcp") == [
        "warning: 5 Pods (a-system/pod-0, a-system/pod-1, a-system/pod-2 and 2 more): no token",
        "  kubectl kcp access check prints the line that grants it",
    ]


def test_parts_of_the_same_objects_are_told_together() -> None:
    failures = [of(p, f"{kind} profile") for kind in ("cpu", "heap", "allocs", "mutex") for p in PODS[:2]]
    first, *rest = failure_lines(failures, "kubectl kcp")
    assert first == ("warning: cpu profile, heap profile, allocs profile and 1 more of 2 Pods (a-system/pod-0, a-system/pod-1): no token")
    assert len(rest) == 1
    whole = failure_lines([*failures, *map(of, PODS[:2])], "kubectl kcp")
    assert whole[0] == "warning: 2 Pods (a-system/pod-0, a-system/pod-1): no token", "nothing of them could be read"


def test_parts_of_other_objects_and_other_reasons_stay_apart() -> None:
    failures = [of(PODS[0], "cpu profile"), of(PODS[1], "heap profile"), of(PODS[2], "heap profile", "cut")]
    assert failure_lines(failures, "kubectl kcp")[:3] == [
        "warning: cpu profile of Pod a-system/pod-0: no token",
        "warning: heap profile of Pod a-system/pod-1: no token",
        "warning: heap profile of Pod a-system/pod-2: cut",
    ]


def test_a_terminal_gets_wrapped_lines_with_each_command_whole() -> None:
    hint = advice("x" * 30, " ", command("access manifest --with-secrets"), " grants it")
    lines = error_lines("error: " + "word " * 20, hint, "kubectl kcp", 60)
    assert max(map(len, lines)) <= 60
    assert any("kubectl kcp access manifest --with-secrets" in line for line in lines)
    assert error_lines("error: " + "word " * 20, hint, "kubectl kcp")[0] == "error: " + "word " * 20, "a program gets a line"


def test_a_name_forges_no_line_on_a_terminal() -> None:
    lines = error_lines("error: a\nerror: b\x1b[31m", advice(), "kubectl kcp", 80)
    assert lines == ["error: a error: b\\x1b[31m"]

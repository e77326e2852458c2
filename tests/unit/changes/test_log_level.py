"""Setting log levels in a little cluster whose Pods are replaced and restarted under it as real ones are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_kcp.changes.log_level import Process, check_allowed, plan_reset, plan_set, set_level
from kubectl_kcp.cli.log_level.show import view
from kubectl_kcp.errors import Forbidden, Refused
from kubectl_kcp.findings.log_level_entries import FIXED, LOGGED, RAISED
from kubectl_kcp.gather.log_level import change_levels
from kubectl_kcp.knowledge.log_level import ANSWER
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.log_level import Bounds, LevelResult, Levels, PodLevel
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.render.log_level import change_document, plan_text, result_text
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.view import draw
from tests.schema import validate
from tests.told import same_findings

READER = Reader(80, "kubectl kcp")


def level(name: str, started_with: int | None = 2, started_by: str = "args", fixed: str = "") -> PodLevel:
    pod = Pod("capi", name, f"uid-{name}", leader=True)
    controller = Controller("capi", "manager", "control-plane-kubeadm", pods=(pod,))
    return PodLevel(controller, pod, started_with, started_by, Bounds(0, 4), fixed)


@dataclass
class Pods:
    """Processes by Pod name; ``meanwhile`` happens when a level is set. ``answer`` is the controller's."""

    processes: dict[str, Process]
    answer: str = ANSWER
    meanwhile: Callable[[Pods], None] = lambda _: None
    levels: dict[str, int] = field(default_factory=dict)

    def process(self, pod: Ref) -> Process | None:
        return self.processes.get(pod.name)

    def put(self, seen: PodLevel, level: int) -> str:
        if seen.pod.name == "forbidden":
            raise Forbidden("403", "the role")
        self.levels[seen.pod.name] = level
        self.meanwhile(self)
        return self.answer.format(level=level) + "\n"


def running(*names: str, **kwargs: Any) -> Pods:
    return Pods({n: Process(f"uid-{n}", 0) for n in names}, **kwargs)


def test_a_level_is_set_in_the_process_that_was_looked_at() -> None:
    pods = running("a")
    set_level(plan_set([level("a")], 5)[0], pods)
    assert pods.levels == {"a": 5}


@pytest.mark.parametrize("now", [None, Process("uid-other", 0)])
def test_a_pod_that_was_replaced_is_left_alone(now: Process | None) -> None:
    pods = running() if now is None else Pods({"a": now})
    with pytest.raises(Refused, match="replaced since it was looked at"):
        set_level(plan_set([level("a")], 5)[0], pods)
    assert pods.levels == {}


@pytest.mark.parametrize(
    ("later", "words"), [(Process("uid-other", 0), "replaced meanwhile"), (Process("uid-a", 1), "restarted meanwhile"), (None, "replaced")]
)
def test_a_process_that_ends_meanwhile_has_not_the_level(later: Process | None, words: str) -> None:
    def meanwhile(pods: Pods) -> None:
        pods.processes = {} if later is None else {"a": later}

    with pytest.raises(Refused, match=words):
        set_level(plan_set([level("a")], 5)[0], running("a", meanwhile=meanwhile))


@pytest.mark.parametrize("answer", ["", "<html>", "successfully set klog.logging.verbosity to 1"])
def test_only_the_right_answer_counts(answer: str) -> None:
    with pytest.raises(Refused, match="it answered"):
        set_level(plan_set([level("a")], 5)[0], running("a", answer=answer))


def test_each_pod_fails_alone() -> None:
    plan = plan_set([level("a"), level("forbidden"), level("off", fixed="no endpoint")], 4)
    pods = running("a", "forbidden", "off")
    results, failures = change_levels(plan, pods)
    assert [r.done for r in results] == [True, False, False]
    assert {(str(f.subject), f.reason, f.hint.text("kubectl kcp")) for f in failures} == {
        ("Pod capi/forbidden", "403", "the role"),
        ("Pod capi/off", "no endpoint", ""),
    }
    assert pods.levels == {"a": 4}
    document = change_document(results, failures, dry_run=False, program="kubectl kcp")
    validate(document, "log-level")
    assert [(i["pod"], i["uid"], i["startedWith"], i["to"], i["done"]) for i in document["items"]] == [
        ("a", "uid-a", 2, 4, True),
        ("forbidden", "uid-forbidden", 2, 4, False),
        ("off", "uid-off", 2, None, False),
    ]
    assert result_text(results, "kubectl kcp") == "Pod capi/a: level 4"


def test_reset_goes_back_to_what_each_was_started_with() -> None:
    plan = plan_reset([level("a", 3), level("b", 2, "default"), level("c", None, ""), level("d", None)])
    assert [c.to for c in plan] == [3, 2, None, None]
    assert "its default is not known" in plan[2].refusal
    assert "is no number" in plan[3].refusal


@pytest.mark.parametrize(("wanted", "refused"), [(5, False), (6, True), (10, True)])
def test_levels_that_come_near_secrets_take_a_word(wanted: int, refused: bool) -> None:
    plan = plan_set([level("a")], wanted)
    check_allowed(plan, True)
    if not refused:
        check_allowed(plan, False)
        return
    with pytest.raises(Refused, match="private keys") as caught:
        check_allowed(plan, False)
    assert "--allow-secrets-in-logs" in caught.value.hint.text("kubectl kcp")


def test_a_reset_to_a_high_level_takes_the_word_too() -> None:
    with pytest.raises(Refused):
        check_allowed(plan_reset([level("a", 8)]), False)


def test_the_plan_names_each_pod_and_both_levels() -> None:
    text = " ".join(plan_text(plan_set([level("a"), level("off", fixed="no endpoint")], 5), READER).split())
    assert "kcp: Pod capi/a (UID uid-a): started with 2 (args), in force 0 to 4 -> 5" in text
    assert "Pod capi/off (UID uid-off): left alone: no endpoint" in text


def test_what_the_log_shows_is_said() -> None:
    (change,) = plan_set([level("a")], 5)
    assert result_text([LevelResult(change, True, True)], "kubectl kcp").endswith("its log shows it")
    assert "does not show it yet" in result_text([LevelResult(change, True, False)], "kubectl kcp")


def test_json_tells_the_same_findings_as_the_text() -> None:
    seen = [
        replace(level("raised"), in_force=Bounds(4, None)),
        replace(level("bodies"), in_force=Bounds(8, None)),
        level("fixed", fixed="it has no endpoint for it"),
        level("well"),
    ]
    shown = view(Levels(tuple(seen)))
    for shown_as in ("table", "wide", "markdown"):
        codes = same_findings(draw(shown, "json", READER), draw(shown, shown_as, READER))
        assert set(codes) == {RAISED, LOGGED, FIXED}

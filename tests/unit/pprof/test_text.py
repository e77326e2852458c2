"""Text profiles and dumps say what the binary profile of the same moment says: by a real Go program."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_kcp.errors import BadInput
from kubectl_kcp.findings.profile import verdicts
from kubectl_kcp.findings.profile_entries import LOCK_HELD, PANICKED
from kubectl_kcp.model.profile import FunctionValue, Profile
from kubectl_kcp.model.profile_report import PodProfile, PodReport, Waiting
from kubectl_kcp.pprof.analysis import AnalysedProfile
from kubectl_kcp.pprof.kinds import kind_of
from kubectl_kcp.pprof.read import read_profile
from kubectl_kcp.pprof.selection import Selection
from kubectl_kcp.pprof.stacks import by_function
from kubectl_kcp.pprof.top import functions
from tests.unit.pprof import godumps


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    folder = godumps.made(tmp_path_factory.mktemp("dumps"))
    if request.config.getoption("--update"):
        godumps.keep(folder)
    return folder


def report_of(text: str) -> PodReport:
    profile = read_profile(text.encode())
    return AnalysedProfile(PodProfile(kind_of(profile), profile, "dump.txt")).report


def mine(profile: Profile, index: int) -> dict[str, FunctionValue]:
    """Without Go's own functions: the text leaves those at the leaf out."""
    return {f.name: f for f in functions(by_function(profile, index)) if f.name.startswith("main.")}


@pytest.mark.parametrize(("kind", "types"), [("heap", 4), ("block", 2), ("threadcreate", 1), ("goroutine", 1)])
def test_debug_1_is_the_binary_profile(kind: str, types: int, dumps: Path) -> None:
    binary, text = (read_profile((dumps / f"{kind}.{form}").read_bytes()) for form in (0, 1))
    assert sorted(t.type for t in binary.sample_types) == sorted(t.type for t in text.sample_types)
    assert kind_of(text) == kind_of(binary)
    for index, each in enumerate(binary.sample_types):
        same = text.sample_types.index(each)
        assert sum(by_function(text, same).values) == pytest.approx(sum(by_function(binary, index).values), rel=1e-3), each
        if kind == "heap":
            a, b = mine(binary, index), mine(text, same)
            # The text writes a generic function's type arguments as [...].
            assert {n.replace("[go.shape.int]", "[...]"): v[1:] for n, v in a.items()} == {n: v[1:] for n, v in b.items()}
    assert types == len(text.sample_types)


def test_debug_2_and_a_signal_show_the_same_goroutines(dumps: Path) -> None:
    asked = read_profile((dumps / "goroutine.2").read_bytes())
    assert mine(asked, 0)["main.(*queue).Get"].cum == 3
    assert mine(asked, 0) == mine(read_profile((dumps / "goroutine.1").read_bytes()), 0)
    quit_report = report_of((dumps / "quit.txt").read_text())
    assert quit_report.halt is not None
    assert not quit_report.halt.fault
    locks = [w for w in quit_report.waits if w.lock]
    assert {(w.function, w.goroutines) for w in locks} == {("main.(*queue).Get", 3), ("main.(*queue).Read", 1)}
    assert not any(w.lock for w in quit_report.waits if "func1" in w.function), "select{} is no lock"
    assert verdicts([quit_report]) == (), "stacks that were asked for are no fault"


def test_a_panic_is_named_with_its_function(dumps: Path) -> None:
    text = (dumps / "panic.txt").read_text()
    for form in (text, _as_logged(text)):
        (finding,) = verdicts([report_of(form)])
        assert finding.code == PANICKED
        assert finding.seen == "panic: assignment to entry in nil map, in main.(*queue).explode"


def _as_logged(text: str) -> str:
    """``kubectl logs --timestamps`` with other lines around."""
    lines = ['I1126 14:00:00.000000       1 main.go:1] "starting"', *text.splitlines(), "exit status 2"]
    return "\n".join(f"2026-11-26T14:00:00.123456789Z {line}" for line in lines)


CAUGHT = """E1126 14:00:00.000000       1 panic.go:262] "Observed a panic" panic="assignment to entry in nil map" stacktrace=<
\tgoroutine 231 [running]:
\tk8s.io/apimachinery/pkg/util/runtime.logPanic({0x1, 0x2}, {0x3?, 0x4})
\t\tk8s.io/apimachinery/pkg/util/runtime/runtime.go:132 +0xbc
\tpanic({0x1?, 0x2?})
\t\truntime/panic.go:792 +0x132
\tsigs.k8s.io/cluster-api/internal/controllers/machine.(*Reconciler).reconcile(0xc0, {0x1, 0x2})
\t\tsigs.k8s.io/cluster-api/internal/controllers/machine/machine_controller.go:300 +0x1d
\tcreated by sigs.k8s.io/controller-runtime/pkg/internal/controller.(*Controller).Start.func2 in goroutine 200
\t\tsigs.k8s.io/controller-runtime/pkg/internal/controller/controller.go:220 +0x1d
 >
I1126 14:00:01.000000       1 main.go:2] "going on"
"""


def test_a_panic_that_the_controller_caught() -> None:
    report = report_of(CAUGHT)
    assert report.value == 1
    (finding,) = verdicts([report])
    assert "in sigs.k8s.io/cluster-api/internal/controllers/machine.(*Reconciler).reconcile" in finding.seen
    assert '"Observed a panic"' in finding.seen


def waiting(minutes: int, call: str = "sync.(*Mutex).Lock") -> str:
    wait = f", {minutes} minutes" if minutes else ""
    return f"goroutine 7 [sync.Mutex.Lock{wait}]:\n{call}(...)\n\tsync/mutex.go:46\nx.(*Cache).Get(0xc000)\n\tx/cache.go:9 +0x1d\n"


@pytest.mark.parametrize(("minutes", "found"), [(0, False), (9, False), (10, True), (300, True)])
def test_a_lock_that_is_waited_for_long(minutes: int, found: bool) -> None:
    report = report_of(waiting(minutes))
    assert report.waits == (Waiting("sync.Mutex.Lock", "x.(*Cache).Get", True, 1, minutes * 60),)
    assert [f.code for f in verdicts([report])] == [LOCK_HELD] * found


def test_a_wait_that_is_no_lock_may_last_for_ever() -> None:
    """sync.WaitGroup.Wait is ``semacquire`` in Go up to 1.24: the manager's main goroutine waits so from start to end."""
    report = report_of(
        "goroutine 1 [semacquire, 9000 minutes]:\nsync.(*WaitGroup).Wait(0xc0)\n\tsync/waitgroup.go:1 +0x1\nmain.main()\n\tm.go:2 +0x2\n"
    )
    assert [w.lock for w in report.waits] == [False]
    assert verdicts([report]) == ()


def test_focus_chooses_among_the_waits() -> None:
    profile = read_profile((waiting(3) + "\n" + waiting(2).replace("Cache", "Store")).encode())
    report = AnalysedProfile(PodProfile("goroutine", profile, "x"), selection=Selection(focus="Store")).report
    assert [w.function for w in report.waits] == ["x.(*Store).Get"]


@pytest.mark.parametrize("text", ["hello", "goroutine profile: bad", "I1126 a log without a stack\n", "--- contention:\n1 2 @ 0x1\n"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_profile(text.encode())


HEADS = st.sampled_from(
    ["goroutine profile: total 3", "heap profile: 1: 2 [3: 4] @ heap/1048576", "--- mutex:\ncycles/second=1000", "goroutine 1 [select]:"]
)
LINES = st.sampled_from(
    [
        "3 @ 0x1 0x2",
        "1: 2 [3: 4] @ 0x1",
        "0: 0 [0: 5] @",
        "12 3 @ 0x4",
        "#\t0x1\ta.b+0x1\tc.go:3",
        "a.b(0x1)",
        "\tc.go:3 +0x1",
        "",
        "created by x",
        "...3 frames elided...",
        "panic: x",
        "goroutine 2 [running, locked to thread]:",
    ]
)


@given(HEADS, st.lists(LINES | st.text(max_size=20), max_size=12))
def test_any_text_is_read_or_refused(head: str, lines: list[str]) -> None:
    try:
        profile = read_profile("\n".join([head, *lines]).encode())
    except BadInput:
        return
    report = AnalysedProfile(PodProfile(kind_of(profile), profile, "x")).report
    assert report.value == sum(s.values[AnalysedProfile(PodProfile(kind_of(profile), profile, "x")).index] for s in profile.samples)
    verdicts([report])

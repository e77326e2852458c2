"""Call graphs, peeks and traces of the recordings equal those of ``go tool pprof``; its answers stand in tests/golden/profile."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kubectl_kcp.model.profile import Profile
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.pprof.diff import difference
from kubectl_kcp.pprof.encode import encode
from kubectl_kcp.pprof.graph import Least, call_graph
from kubectl_kcp.pprof.measures import label
from kubectl_kcp.pprof.stacks import by_function
from kubectl_kcp.pprof.traces import traces
from kubectl_kcp.pprof.tree import nodes
from tests.unit.pprof import gograph, gotool
from tests.unit.pprof.gograph import Graph, Neighbours
from tests.unit.pprof.test_against_go import CAPTURES, needs_go, profiles

Recording = Callable[[str], Path]
GOLDEN = gotool.GOLDEN / "graphs.json.xz"
FAULTY = "v1.4.2-10-clusters"


def ours(profile: Profile, index: int, theirs: Graph, limit: int = 80, least: Least | None = None) -> Graph:
    """In the unit that go tool pprof chose."""
    unit = gograph.unit_of([text for row in theirs["nodes"].values() for text in row])
    made = call_graph(profile, index, limit, least or Least())

    def shown(value: int) -> str:
        return label(value, profile.sample_types[index].unit, unit)

    calls = {f"{c.caller} -> {c.callee}": [shown(c.value), "dotted" if c.residual else ""] for c in made.calls}
    return {"nodes": {n.name: [shown(n.flat), shown(n.cum)] for n in made.nodes}, "calls": calls}


def every(folder: Path) -> Iterator[tuple[str, Path, int, str]]:
    for name, path in profiles(folder).items():
        for index, kind in enumerate(decode(path.read_bytes()).sample_types):
            yield f"{name} {kind.type}", path, index, kind.type


def known() -> dict[str, dict[str, Graph]]:
    found: dict[str, dict[str, Graph]] = json.loads(lzma.decompress(GOLDEN.read_bytes()))
    return found


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Graph]]:
    return known()


@pytest.mark.parametrize("capture", CAPTURES)
def test_call_graphs_are_what_go_tool_pprof_drew(capture: str, recording: Recording, answers: dict[str, dict[str, Graph]]) -> None:
    looked_at = {key: (path, index) for key, path, index, _ in every(recording(capture))}
    assert looked_at.keys() == answers[capture].keys()
    read = {path: decode(path.read_bytes()) for path, _ in looked_at.values()}
    for key, (path, index) in looked_at.items():
        theirs = answers[capture][key]
        assert ours(read[path], index, theirs) == theirs, key


@needs_go
def test_golden_graphs_are_what_go_tool_pprof_draws(recording: Recording, request: pytest.FixtureRequest) -> None:
    """KCP's profiles of each recording, which is what it takes seconds for; ``--update`` draws all."""
    update = request.config.getoption("--update")
    wanted = [
        (capture, key, path, kind)
        for capture in CAPTURES
        for key, path, _, kind in every(recording(capture))
        if update or (key.startswith("kcp/") and kind in ("cpu", "inuse_space", "goroutine"))
    ]
    with ThreadPoolExecutor(2) as pool:
        drawn = list(pool.map(lambda w: gograph.read_dot(gograph.go(w[2], "-dot", f"-sample_index={w[3]}")), wanted))
    before = known() if GOLDEN.exists() else {}
    made: dict[str, dict[str, Graph]] = {c: dict(before.get(c, {})) for c in CAPTURES}
    for (capture, key, _, _), graph in zip(wanted, drawn, strict=True):
        made[capture][key] = graph
    if update and made != before:
        GOLDEN.write_bytes(lzma.compress(json.dumps(made, sort_keys=True).encode(), preset=9 | lzma.PRESET_EXTREME))
    assert made == before, "look, then run with --update"


@needs_go
@pytest.mark.parametrize(
    ("limit", "least", "options"),
    [
        (10, Least(), ["-nodecount=10"]),
        (0, Least(), ["-nodecount=0"]),
        (40, Least(0.05, 0.02), ["-nodecount=40", "-nodefraction=0.05", "-edgefraction=0.02"]),
        (0, Least(0, 0), ["-nodecount=0", "-nodefraction=0", "-edgefraction=0"]),
    ],
)
@pytest.mark.parametrize("kind", ["cpu", "heap"])
def test_limits_cut_as_in_go(kind: str, limit: int, least: Least, options: list[str], recording: Recording) -> None:
    path = recording(FAULTY) / "controllers" / "kcp" / f"{kind}.pb.gz"
    profile = decode(path.read_bytes())
    index = len(profile.sample_types) - 1
    theirs = gograph.read_dot(gograph.go(path, "-dot", f"-sample_index={profile.sample_types[index].type}", *options))
    assert ours(profile, index, theirs, limit, least) == theirs


@needs_go
@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("kind", ["cpu", "heap"])
def test_differences_are_drawn_as_in_go(kind: str, normalize: bool, recording: Recording, tmp_path: Path) -> None:
    """All of them: which are most telling Go decides by what may be no number there, and that depends on the processor."""
    new, old = (recording(c) / "controllers" / "kcp" / f"{kind}.pb.gz" for c in ("v1.5.8-10-clusters", FAULTY))
    profile = difference(decode(new.read_bytes()), decode(old.read_bytes()), normalize)
    index = len(profile.sample_types) - 1
    options = [f"-sample_index={profile.sample_types[index].type}", f"-diff_base={old}", *(["-normalize"] if normalize else [])]
    cut = ["-nodecount=0", "-nodefraction=0", "-edgefraction=0"]
    theirs = gograph.read_dot(gograph.go(new, "-dot", *options, *cut))
    assert ours(profile, index, theirs, 0, Least(0, 0)) == theirs
    exact = [f"-unit={gotool.UNITS[profile.sample_types[index].unit]}"]
    assert our_traces(profile, index) == gograph.read_traces(gograph.go(new, "-traces", *options, *exact))
    (tmp_path / "difference.pb.gz").write_bytes(encode(profile))
    assert gograph.read_dot(gograph.go(tmp_path / "difference.pb.gz", "-dot", options[0], *cut)) == theirs


def our_traces(profile: Profile, index: int) -> gograph.Traces:
    found = gograph.Traces()
    for trace in traces(profile, index):
        found[trace.functions, tuple(sorted(f"{key}: {text}" for key, text in trace.labels))] += trace.value
    return found


@needs_go
@pytest.mark.parametrize(("kind", "unit"), [("cpu", "ns"), ("heap", "B"), ("goroutine", "count")])
def test_traces_equal_those_of_go(kind: str, unit: str, recording: Recording) -> None:
    path = recording("v1.14.2-healthy") / "controllers" / "kcp" / f"{kind}.pb.gz"
    profile = decode(path.read_bytes())
    index = len(profile.sample_types) - 1
    printed = gograph.go(path, "-traces", f"-sample_index={profile.sample_types[index].type}", f"-unit={unit}")
    assert our_traces(profile, index) == gograph.read_traces(printed)


def our_peek(profile: Profile, index: int, shown: Callable[[int], str], wanted: Callable[[str], bool]) -> Neighbours:
    found: Neighbours = {}
    for node in nodes(by_function(profile, index)):
        if wanted(node.value.name):
            around = [gograph.Pairs((shown(v), n) for n, v in rows) for rows in (node.callers, node.callees)]
            found[node.value.name] = (shown(node.value.flat), shown(node.value.cum), around[0], around[1])
    return found


@needs_go
@pytest.mark.parametrize("against", [None, "v1.5.8-10-clusters"])
@pytest.mark.parametrize("regex", ["generateClientCert", "gcDrain", "Reconcile"])
def test_peek_equals_that_of_go(regex: str, against: str | None, recording: Recording) -> None:
    path, *base = (recording(c) / "controllers" / "kcp" / "cpu.pb.gz" for c in (FAULTY, against) if c)
    profile = decode(path.read_bytes())
    if base:
        profile = difference(profile, decode(base[0].read_bytes()))
    printed = gograph.go(path, f"-peek={regex}", "-unit=ns", *(f"-diff_base={b}" for b in base))
    theirs = gograph.read_tree(printed)
    assert theirs
    index = len(profile.sample_types) - 1
    assert our_peek(profile, index, lambda v: label(v, "nanoseconds", "ns"), lambda n: n in theirs) == theirs

"""Profiles that Go's runtime does not write: frames that a profile wants left out, negative values, totals that cancel out, bare mappings.
``go tool pprof`` says what is right; its answers stand here for machines without Go."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.model.profile import Function, Label, Line, Location, Mapping, Profile, Sample, SampleType
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.pprof.encode import encode
from kubectl_kcp.pprof.prune import expression, simplified
from kubectl_kcp.pprof.stacks import UNKNOWN, by_function
from kubectl_kcp.pprof.top import functions
from kubectl_kcp.render.profile.export import folded
from kubectl_kcp.render.profile.top import top_text
from tests.unit.pprof import gotool
from tests.unit.pprof.test_against_go import our_top

needs_go = pytest.mark.skipif(gotool.GO is None, reason="Go is not installed: what it printed stands for it")
COUNT = (SampleType("things", "count"),)
NAMES = ("main", "work", "malloc", "malloc_hook", "operator new(unsigned)", "ns::(anonymous namespace)::free(int)", ".lock")


def made(stacks: dict[tuple[str, ...], int], drop: str = "", keep: str = "", labels: tuple[Label, ...] = ()) -> Profile:
    """``stacks`` are leaf first; ``a+b`` is one location, b having inlined a."""
    names = sorted({n for stack in stacks for place in stack for n in place.split("+")})
    places = sorted({place for stack in stacks for place in stack})
    locations = tuple(Location(n + 1, tuple(Line(names.index(f), 1) for f in place.split("+")), 0) for n, place in enumerate(places))
    samples = tuple(Sample(tuple(places.index(p) for p in stack), (value,), labels) for stack, value in stacks.items())
    made_functions = tuple(Function(n, n, "f.c") for n in names)
    mapping = Mapping(0, 2**40, file="/bin/program", resolved=(True, True, True, True))
    return Profile(COUNT, samples, locations, made_functions, (mapping,), drop_frames=drop, keep_frames=keep, doc_url="https://doc.test/x")


def top(profile: Profile) -> dict[str, list[int]]:
    return our_top(decode(encode(profile)), 0)


def in_go(profile: Profile, folder: Path, *more: str) -> gotool.Top:
    (folder / "p.pb.gz").write_bytes(encode(profile))
    return gotool.go_top(folder / "p.pb.gz", "things", "count", *more)


PRUNED = (
    (made({("hook", "malloc", "work", "main"): 3}, "malloc"), {"work": [3, 3], "main": [0, 3]}),
    (made({("hook", "malloc", "work", "main"): 3}, "mal"), {"hook": [3, 3], "malloc": [0, 3], "work": [0, 3], "main": [0, 3]}),
    (made({("hook", "malloc", "work", "main"): 3}, "malloc|hook", "malloc"), {"malloc": [3, 3], "work": [0, 3], "main": [0, 3]}),
    (made({("malloc",): 3}, "malloc"), {"malloc": [3, 3]}),
    (made({("work", "malloc+main"): 3}, "malloc"), {"main": [0, 3], "work": [3, 3]}),
    (made({("work", "malloc+main", "root"): 3}, "malloc"), {"main": [3, 3], "root": [0, 3]}),
    (made({("work", "main+malloc", "root"): 3}, "malloc"), {"root": [3, 3]}),
    (made({("x", "operator new(unsigned)", "main"): 3}, "operator new"), {"main": [3, 3]}),
    (made({("x", "malloc", "main"): 3}, "(malloc"), {"x": [3, 3], "malloc": [0, 3], "main": [0, 3]}),
)


@pytest.mark.parametrize(("profile", "right"), PRUNED, ids=lambda v: v.drop_frames if isinstance(v, Profile) else "")
def test_frames_that_a_profile_wants_left_out_are(profile: Profile, right: gotool.Top) -> None:
    assert top(profile) == right


@needs_go
@pytest.mark.parametrize(("profile", "right"), PRUNED, ids=lambda v: v.drop_frames if isinstance(v, Profile) else "")
def test_as_go_leaves_them_out(profile: Profile, right: gotool.Top, tmp_path: Path) -> None:
    assert in_go(profile, tmp_path) == right


@needs_go
@pytest.mark.parametrize("seed", range(8))
def test_go_leaves_out_the_same_of_any_profile(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)

    def stack() -> tuple[str, ...]:
        return tuple("+".join(chance.sample(NAMES, chance.choice((1, 1, 2, 3)))) for _ in range(chance.randint(1, 6)))

    drop, keep = (
        chance.choice(("malloc.*", "operator new|free", "ns::.*|malloc", r"(\.)?lock|mal+oc")),
        chance.choice(("", "malloc", "ma[im].*")),
    )
    profile = made({stack(): chance.randint(1, 9) for _ in range(12)}, drop, keep)
    assert top(profile) == in_go(profile, tmp_path)


@needs_go
def test_what_we_write_keeps_the_expressions_and_the_address(tmp_path: Path) -> None:
    (tmp_path / "p.pb.gz").write_bytes(encode(decode(encode(made({("x", "malloc", "main"): 3}, "malloc|free", "free")))))
    raw = subprocess.run([str(gotool.GO), "tool", "pprof", "-raw", str(tmp_path / "p.pb.gz")], capture_output=True, text=True, check=True)
    assert "https://doc.test/x" in raw.stdout
    again = decode((tmp_path / "p.pb.gz").read_bytes())
    assert (again.drop_frames, again.keep_frames, again.doc_url) == ("malloc|free", "free", "https://doc.test/x")


@pytest.mark.parametrize("text", ["(a*)*b", "(a|a)+", r"(a)\1", "(?=a)", "a**", ".*a.*a.*a.*a", "(", "x" * 10_001, "(a+){9}"])
def test_an_expression_that_could_take_long_is_not_applied(text: str) -> None:
    assert expression(text) is None
    assert top(made({("x", "a", "main"): 3}, text)) == {"x": [3, 3], "a": [0, 3], "main": [0, 3]}


def test_expressions_of_real_profilers_are_applied() -> None:
    gperftools = r"calloc|cfree|(__)?posix_memalign|__malloc_hook|operator new(\[\])?|.*::(Do|Fast)Alloc|std::.*::allocate"
    matches = expression(gperftools)
    assert matches is not None
    matched = ["calloc", "posix_memalign", "operator new[]", "tc::DoAlloc"]
    assert [n for n in (*matched, "recalloc") if matches(n)] == matched


@pytest.mark.parametrize(
    ("name", "simple"),
    [
        (".f", "f"),
        ("f(int)", "f"),
        ("(anonymous namespace)::g(x)", "(anonymous namespace)::g"),
        ("s::operator()(y)", "s::operator()"),
    ],
)
def test_names_are_matched_without_their_arguments(name: str, simple: str) -> None:
    assert simplified(name) == simple


BASE = (Label("pprof::base", "true"),)
ODD = {
    "negative": made({("a", "main"): -700, ("b", "main"): 300, ("c", "main"): 1}),
    "cancels": made({("a", "main"): 500, ("b", "main"): -500}),
    "difference": Profile(
        COUNT,
        (Sample((0,), (500,)), Sample((1,), (3,)), Sample((0,), (-499,), BASE), Sample((1,), (-100_000,), BASE)),
        tuple(Location(n + 1, (Line(n, 1),)) for n in range(2)),
        (Function("a", "a", "f"), Function("b", "b", "f")),
    ),
}


def rows(text: str, after: str) -> list[list[str]]:
    """flat, flat%, sum%, cum, cum%, function."""
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.split()[:2] == after.split())
    return [line.split(None, 5) for line in lines[start + 1 :]]


@needs_go
@pytest.mark.parametrize("name", ODD)
def test_shares_are_those_of_go(name: str, tmp_path: Path) -> None:
    path = tmp_path / "p.pb.gz"
    path.write_bytes(encode(ODD[name]))
    command = [str(gotool.GO), "tool", "pprof", "-top", "-symbolize=none", "-nodefraction=0", "-edgefraction=0", "-unit=count", str(path)]
    theirs = rows(subprocess.run(command, capture_output=True, text=True, check=True).stdout, "flat flat%")
    stacks = by_function(decode(path.read_bytes()), 0)
    ours = rows(top_text("", stacks, functions(stacks), 0), "FLAT FLAT%")
    assert sorted(ours) == sorted([r[0].removesuffix("count"), r[1], r[2], r[3].removesuffix("count"), *r[4:]] for r in theirs)


def test_shares_without_go() -> None:
    stacks = by_function(ODD["negative"], 0)
    assert rows(top_text("", stacks, functions(stacks), 0), "FLAT FLAT%") == [
        ["-700", "69.93%", "69.93%", "-700", "69.93%", "a"],
        ["300", "29.97%", "39.96%", "300", "29.97%", "b"],
        ["1", "0.1%", "39.86%", "1", "0.1%", "c"],
        ["0", "0%", "39.86%", "-399", "39.86%", "main"],
    ]


@pytest.mark.parametrize(("file", "name"), [("/bin/x", "[x]"), ("/lib/dir/", "[dir]"), ("/", "[/]"), ("", UNKNOWN), ("[vdso]", "[[vdso]]")])
def test_a_mapping_without_functions_has_a_name(file: str, name: str, tmp_path: Path) -> None:
    profile = Profile(COUNT, (Sample((0,), (3,)),), (Location(0x1234, (), 0),), (), (Mapping(0x1000, 0x2000, file=file),))
    assert top(profile) == {name: [3, 3]}
    if gotool.GO is not None and file:
        assert in_go(profile, tmp_path) == {name: [3, 3]}


def test_control_bytes_and_separators_do_not_reach_folded_output() -> None:
    stacks = by_function(made({("a\x1b[2Jb;c\nd\x00", "main"): 3}), 0)
    assert folded(stacks, "root\r;x") == r"root :x;main;a\x1b[2Jb:c d\x00 3"


def test_speedscope_refuses_negative_values_and_so_do_we(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.pb.gz").write_bytes(encode(ODD["negative"]))
    assert run(["profile", "--file", str(tmp_path / "p.pb.gz"), "-o", "speedscope"], "kubectl kcp") == 4
    assert "negative values" in capsys.readouterr().err

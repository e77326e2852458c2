"""What ``--focus``, ``--show``, ``--tagfocus`` and the like leave equals what ``go tool pprof`` leaves; its answers stand in
tests/golden/profile/selections.json.xz."""

from __future__ import annotations

import json
import lzma
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_kcp.errors import UsageError
from kubectl_kcp.model.profile import Function, Label, Line, Location, Mapping, Profile, Sample, SampleType
from kubectl_kcp.model.profile_report import PodProfile
from kubectl_kcp.pprof.analysis import AnalysedProfile
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.pprof.encode import encode
from kubectl_kcp.pprof.filter import filtered
from kubectl_kcp.pprof.measures import label
from kubectl_kcp.pprof.selection import Selection
from kubectl_kcp.pprof.tags import units
from tests.unit.pprof import gotool
from tests.unit.pprof.test_against_go import needs_go, our_top

Recording = Callable[[str], Path]
GOLDEN = gotool.GOLDEN / "selections.json.xz"
GO_NAMES = {"tag_focus": "tagfocus", "tag_ignore": "tagignore"}
SELECTIONS = (
    ("cpu", Selection(focus="generateClientCert")),
    ("cpu", Selection(ignore="^runtime\\.")),
    ("cpu", Selection(focus="Reconcile", ignore="bigmod|json")),
    ("cpu", Selection(focus="bigmod/nat\\.go")),
    ("cpu", Selection(focus="manager")),
    ("cpu", Selection(show="cluster-api|rsa")),
    ("cpu", Selection(hide="^runtime\\.|bigmod")),
    ("cpu", Selection(show="controlplane", hide="generateClientCert", focus="rsa")),
    ("cpu", Selection(show_from="GetWorkloadCluster")),
    ("cpu", Selection(show_from="processNextWorkItem", hide="controller-runtime", ignore="json")),
    ("cpu", Selection(show="nothing matches this")),
    ("heap", Selection(tag_focus="64kb:")),
    ("heap", Selection(tag_focus="bytes=:128b")),
    ("heap", Selection(tag_focus="bytes=1kb:8kb", focus="json")),
    ("heap", Selection(tag_ignore="16b:64b")),
    ("heap", Selection(tag_ignore="request=:1mb")),
    ("heap", Selection(tag_focus="2kb")),
)


def options(selection: Selection) -> list[str]:
    given = ((name, getattr(selection, name)) for name in Selection.__struct_fields__)
    return [f"-{GO_NAMES.get(name, name)}={value}" for name, value in given if value]


def key(kind: str, selection: Selection) -> str:
    return " ".join([kind, *options(selection)])


def capture(kind: str, recording: Recording) -> Path:
    return recording("v1.4.2-10-clusters") / "controllers" / "kcp" / f"{kind}.pb.gz"


def in_go(path: Path, selection: Selection) -> gotool.Top:
    kind = decode(path.read_bytes()).sample_types[-1]
    return gotool.go_top(path, kind.type, kind.unit, *options(selection))


@pytest.fixture(scope="module")
def known() -> dict[str, gotool.Top]:
    found: dict[str, gotool.Top] = json.loads(lzma.decompress(GOLDEN.read_bytes())) if GOLDEN.exists() else {}
    return found


@pytest.mark.parametrize(("kind", "selection"), SELECTIONS, ids=lambda v: "" if isinstance(v, str) else " ".join(options(v)))
def test_what_is_left_is_what_go_leaves(kind: str, selection: Selection, recording: Recording, known: dict[str, gotool.Top]) -> None:
    profile = filtered(decode(capture(kind, recording).read_bytes()), selection)
    assert our_top(profile, len(profile.sample_types) - 1) == known[key(kind, selection)]


@needs_go
def test_golden_selections_are_what_go_leaves(recording: Recording, known: dict[str, gotool.Top], request: pytest.FixtureRequest) -> None:
    with ThreadPoolExecutor(2) as pool:
        tops = pool.map(lambda row: in_go(capture(row[0], recording), row[1]), SELECTIONS)
        printed = {key(*row): top for row, top in zip(SELECTIONS, tops, strict=True)}
    if printed != known and request.config.getoption("--update"):
        GOLDEN.write_bytes(lzma.compress(json.dumps(printed, sort_keys=True).encode(), preset=9 | lzma.PRESET_EXTREME))
    assert printed == known, "look, then run with --update"


def test_shares_still_refer_to_all(recording: Recording) -> None:
    profile = decode(capture("cpu", recording).read_bytes())
    made = AnalysedProfile(PodProfile("cpu", profile, "x"), selection=Selection(focus="generateClientCert"))
    assert (made.value, made.stacks.total) == (5_150_000_000, 5_790_000_000)


@needs_go
def test_what_is_written_holds_what_was_asked_for(recording: Recording, tmp_path: Path) -> None:
    selection = Selection(focus="rsa", hide="bigmod", show_from="Reconcile")
    path = capture("cpu", recording)
    (tmp_path / "left.pb.gz").write_bytes(encode(filtered(decode(path.read_bytes()), selection)))
    assert gotool.go_top(tmp_path / "left.pb.gz", "cpu", "nanoseconds") == in_go(path, selection)


NAMES = ("main", "work", "rsa.GenerateKey", "json.Marshal", "runtime.mallocgc")
FILES = ("/go/main.go", "/go/json.go", "/usr/local/runtime.go")
BINARIES = ("/bin/manager", "/lib/libc.so")
LABELS = (
    Label("controller", "kcp"),
    Label("controller", "core"),
    Label("key", "a"),
    Label("bytes", number=512, unit="bytes"),
    Label("bytes", number=65536, unit="bytes"),
    Label("wait", number=3, unit="seconds"),
    Label("rows", number=7),
)
TAGS = (
    "controller",
    "controller=kcp",
    "controller:kcp",
    "kcp,key:a",
    "controller=x,core",
    "512b",
    "1kb:",
    ":2s",
    "rows=7rows",
    "7rows",
    "b=[",
)


def chanced(chance: random.Random) -> tuple[Profile, Selection]:
    functions = tuple(Function(n, n, chance.choice(FILES)) for n in NAMES)
    locations = tuple(
        Location(
            n + 1,
            tuple(Line(chance.randrange(len(NAMES)), 1) for _ in range(chance.choice((0, 1, 1, 2, 3)))),
            chance.choice((None, 0, 1)),
        )
        for n in range(8)
    )
    samples = tuple(
        Sample(
            tuple(chance.randrange(8) for _ in range(chance.randint(0, 5))),
            (chance.randint(1, 99),),
            tuple(sorted(chance.sample(LABELS, chance.randint(0, 3)))),
        )
        for _ in range(10)
    )
    mappings = tuple(Mapping(n << 20, (n + 1) << 20, file=f, resolved=(True,) * 4) for n, f in enumerate(BINARIES))
    words = ("", "", "main", "rsa|json", r"\.go$", "lib", "malloc", "^x$")
    selection = Selection(
        *(chance.choice(words) for _ in range(5)),
        tag_focus=chance.choice(("", "", *TAGS[:-1])),
        tag_ignore=chance.choice(("", "", *TAGS[:-1])),
    )
    return Profile((SampleType("things", "count"),), samples, locations, functions, mappings), selection


@needs_go
@pytest.mark.parametrize("seed", range(16))
def test_go_leaves_the_same_of_any_profile(seed: int, tmp_path: Path) -> None:
    profile, selection = chanced(random.Random(seed))
    path = tmp_path / "p.pb.gz"
    path.write_bytes(encode(profile))
    read = decode(path.read_bytes())
    assert our_top(filtered(read, selection), 0) == in_go(path, selection), selection


@pytest.mark.parametrize("option", ["focus", "ignore", "show", "hide", "show_from", "tag_focus", "tag_ignore"])
def test_what_is_no_expression_is_refused_by_the_options_name(option: str) -> None:
    profile, _ = chanced(random.Random(1))
    with pytest.raises(UsageError, match=f"--{GO_NAMES.get(option, option).replace('_', '-')} "):
        filtered(profile, replace(Selection(), **{option: "x["}))


@pytest.mark.parametrize(
    ("value", "unit", "to", "text"),
    [
        (0, "bytes", "auto", "0"),
        (1536, "bytes", "auto", "1.50kB"),
        (-3_000_000_000, "nanoseconds", "auto", "-3s"),
        (5_790_000_000, "nanoseconds", "ms", "5790ms"),
        (10, "nanoseconds", "hrs", "0"),
        (12, "count", "auto", "12"),
        (12, "rows", "rows", "12rows"),
        (2048, "bytes", "ns", "2048B"),
    ],
)
def test_values_are_written_as_go_writes_them(value: int, unit: str, to: str, text: str) -> None:
    assert label(value, unit, to) == text


def test_the_unit_of_a_label_without_one_is_its_key() -> None:
    sample = Sample((), (1,), (Label("request", number=5), Label("rows", number=7), Label("bytes", number=1, unit="kb"), Label("none")))
    assert units(Profile((), (sample,))) == {"request": "bytes", "rows": "rows", "bytes": "kb"}

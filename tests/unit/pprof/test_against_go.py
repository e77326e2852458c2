"""Every profile and sample type of the recordings equals ``go tool pprof -top``, function by function."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kubectl_kcp.model.profile import Profile
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.pprof.diff import difference
from kubectl_kcp.pprof.encode import encode
from kubectl_kcp.pprof.stacks import by_function
from kubectl_kcp.pprof.top import functions
from tests.unit.pprof import gotool

Recording = Callable[[str], Path]
CAPTURES = (
    "v1.4.2-0-clusters",
    "v1.4.2-10-clusters",
    "v1.5.8-10-clusters",
    "v1.14.2-healthy",
    "v1.14.2-ca-changed-not-noticed",
    "v1.14.2-stale-credential",
)
needs_go = pytest.mark.skipif(gotool.GO is None, reason="Go is not installed: the golden files stand for it")


def profiles(folder: Path) -> dict[str, Path]:
    return {str(p.relative_to(folder / "controllers")): p for p in sorted(folder.glob("controllers/*/*.pb.gz"))}


def our_top(profile: Profile, index: int) -> dict[str, list[int]]:
    return {f.name: [f.flat, f.cum] for f in functions(by_function(profile, index))}


def all_of(profile: Profile) -> dict[str, dict[str, list[int]]]:
    return {t.type: our_top(profile, i) for i, t in enumerate(profile.sample_types)}


def go_all(path: Path, *more: str) -> dict[str, dict[str, list[int]]]:
    types = decode(path.read_bytes()).sample_types
    with ThreadPoolExecutor(2) as pool:
        tops = pool.map(lambda t: gotool.go_top(path, t.type, t.unit, *more), types)
        return {t.type: top for t, top in zip(types, tops, strict=True)}


@pytest.mark.parametrize("capture", CAPTURES)
def test_equals_what_go_tool_pprof_printed(capture: str, recording: Recording) -> None:
    known = gotool.load(capture)
    ours = {name: all_of(decode(path.read_bytes())) for name, path in profiles(recording(capture)).items()}
    assert ours.keys() == known.keys()
    for name, tops in ours.items():
        assert tops == known[name], f"{capture}/{name}"


@needs_go
@pytest.mark.parametrize("capture", CAPTURES)
def test_golden_files_are_what_go_tool_pprof_prints(capture: str, recording: Recording, request: pytest.FixtureRequest) -> None:
    printed = {name: go_all(path) for name, path in profiles(recording(capture)).items()}
    known = gotool.load(capture) if gotool.golden_path(capture).exists() else None
    if printed != known and request.config.getoption("--update"):
        gotool.save(capture, printed)
    assert printed == known, "look, then run with --update"


@needs_go
@pytest.mark.parametrize("kind", ["cpu", "allocs", "goroutine"])
def test_what_we_write_reads_the_same_in_go(kind: str, recording: Recording, tmp_path: Path) -> None:
    source = recording("v1.4.2-10-clusters") / "controllers" / "kcp" / f"{kind}.pb.gz"
    written = tmp_path / "written.pb.gz"
    profile = decode(source.read_bytes())
    written.write_bytes(encode(profile))
    assert decode(written.read_bytes()) == profile
    assert go_all(written) == gotool.load("v1.4.2-10-clusters")[f"kcp/{kind}.pb.gz"]


@needs_go
@pytest.mark.parametrize("kind", ["cpu", "heap"])
def test_difference_equals_diff_base(kind: str, recording: Recording, tmp_path: Path) -> None:
    new, old = (recording(c) / "controllers" / "kcp" / f"{kind}.pb.gz" for c in ("v1.5.8-10-clusters", "v1.4.2-10-clusters"))
    ours = difference(decode(new.read_bytes()), decode(old.read_bytes()))
    printed = go_all(new, f"-diff_base={old}")
    assert all_of(ours) == printed
    written = tmp_path / "difference.pb.gz"
    written.write_bytes(encode(ours))
    assert go_all(written) == printed

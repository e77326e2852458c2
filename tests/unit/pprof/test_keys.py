"""Keys generated since the start, from the recordings' heap profiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_kcp.gather.profile import gather_profiles
from kubectl_kcp.knowledge.key_sizes import ANY, KEY_SIZES, key_size
from kubectl_kcp.model.profile import Profile, SampleType
from kubectl_kcp.model.profile_report import KeyContext, KeysGenerated, PodProfile
from kubectl_kcp.pprof.analysis import AnalysedProfile, analysed
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.pprof.keys import made_anew
from kubectl_kcp.sources.bundle.open import open_bundle
from kubectl_kcp.sources.interface import ProfileKind

Recording = Callable[[str], Path]
V1_14 = ("v1.14.2-healthy", "v1.14.2-ca-changed-not-noticed", "v1.14.2-stale-credential")


def gathered(folder: Path, kind: ProfileKind = ProfileKind.ALLOCS) -> KeysGenerated:
    with open_bundle(str(folder)) as source:
        keys = analysed(gather_profiles(source, kind, 0.0, ("kcp",)).items)[0].report.keys
    assert keys is not None
    return keys


def of(folder: Path, context: KeyContext) -> KeysGenerated:
    profile = decode((folder / "controllers/kcp/allocs.pb.gz").read_bytes())
    keys = AnalysedProfile(PodProfile("allocs", profile, "x", keys=context)).report.keys
    assert keys is not None
    return keys


@pytest.mark.parametrize("kind", [ProfileKind.ALLOCS, ProfileKind.HEAP])
def test_8602_made_about_349_keys(kind: ProfileKind, recording: Recording) -> None:
    keys = gathered(recording("v1.4.2-10-clusters"), kind)
    assert keys.calibrated
    assert keys.keys == pytest.approx(349, rel=0.2)
    assert keys.low < 349 < keys.high
    assert (keys.context.clusters, keys.context.created, keys.context.reconciles) == (10, 10, 158)
    assert keys.context.go_version == "go1.26.8"
    assert made_anew(keys)


def test_a_kept_key_is_not_generated_again(recording: Recording) -> None:
    keys = gathered(recording("v1.5.8-10-clusters"))
    assert (keys.allocated, keys.keys, keys.low, keys.high) == (0, 0.0, 0.0, 0.0)
    assert not made_anew(keys)


@pytest.mark.parametrize("capture", V1_14)
def test_a_cache_makes_about_one_a_cluster(capture: str, recording: Recording) -> None:
    keys = gathered(recording(capture))
    assert keys.per_cluster == pytest.approx(1, abs=0.5)
    assert keys.samples < 50
    assert keys.low <= keys.context.clusters <= keys.high  # type: ignore[operator]
    assert not made_anew(keys)


def test_without_calibration_there_is_a_range(recording: Recording) -> None:
    folder = recording("v1.4.2-10-clusters")
    none_created = of(folder, KeyContext("go1.26.8", clusters=10, created=0, reconciles=158))
    assert none_created.keys is None
    assert none_created.per_cluster is None
    assert none_created.low < 349 < none_created.high
    older = of(folder, KeyContext("go1.20.8", clusters=10, created=0, reconciles=158))
    assert older.bytes_per_key == (1_500_000, 4_000_000)
    assert older.high < none_created.low, "the same bytes are fewer keys of an older Go"
    unknown = of(folder, KeyContext())
    assert unknown.low < older.high
    assert unknown.high == none_created.high
    assert not made_anew(unknown), "nothing to compare with"


def test_a_calibration_that_cannot_be_is_not_used(recording: Recording) -> None:
    """Ten times as many clusters as made keys: they brought their own CAs."""
    keys = of(recording("v1.4.2-10-clusters"), KeyContext("go1.26.8", clusters=100, created=100))
    assert not keys.calibrated


def test_a_long_run_may_make_one_key_a_day() -> None:
    def keys(days: float) -> KeysGenerated:
        return KeysGenerated(10**8, 200, 100.0, 90.0, 110.0, True, (1e6, 1.1e6), KeyContext(clusters=10, uptime=days * 86400))

    assert made_anew(keys(0.5))
    assert not made_anew(keys(10))


def test_profiles_without_allocations_tell_nothing() -> None:
    assert AnalysedProfile(PodProfile("cpu", Profile((SampleType("cpu", "nanoseconds"),)), "x")).report.keys is None


@pytest.mark.parametrize(("version", "low"), [("go1.26.8", 0.5e6), ("go1.24", 0.9e6), ("go1.21.1", 2.0e6), ("go1.19.13", 1.5e6)])
def test_bytes_by_go_version(version: str, low: float) -> None:
    assert key_size(version).low == low


@pytest.mark.parametrize("version", ["", "devel +abc", "go2.1", "go1.99.1"])
def test_an_unknown_go_version_is_any(version: str) -> None:
    assert key_size(version) is ANY
    assert ANY.low == min(r.low for r in KEY_SIZES)
    assert ANY.high == max(r.high for r in KEY_SIZES)

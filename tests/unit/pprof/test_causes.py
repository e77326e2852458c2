"""Each sample belongs to one cause, and issue 8602 is found where it is, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_kcp.findings.profile import verdicts
from kubectl_kcp.gather.profile import gather_profiles
from kubectl_kcp.knowledge.causes import CAUSES, CREDENTIAL, UNKNOWN
from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.profile import Function, Line, Location, Profile, Sample, SampleType
from kubectl_kcp.model.profile_report import CauseShare, PodProfile, PodReport
from kubectl_kcp.model.version import Version
from kubectl_kcp.pprof.analysis import AnalysedProfile, analysed
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.pprof.diff import difference
from kubectl_kcp.pprof.names import called
from kubectl_kcp.pprof.stacks import by_function, type_index
from kubectl_kcp.sources.bundle.open import open_bundle
from kubectl_kcp.sources.interface import ProfileKind

Recording = Callable[[str], Path]
FAULTY = "v1.4.2-10-clusters"
OTHERS = ("v1.4.2-0-clusters", "v1.5.8-10-clusters", "v1.14.2-healthy", "v1.14.2-ca-changed-not-noticed", "v1.14.2-stale-credential")


def judged(folder: Path, kind: ProfileKind, only: tuple[str, ...] = ()) -> tuple[list[PodReport], tuple[Finding, ...]]:
    with open_bundle(str(folder)) as source:
        found = gather_profiles(source, kind, 0.0, only)
    assert not found.failures
    made = reports(found.items)
    return made, verdicts(made)


def reports(items: Sequence[PodProfile]) -> list[PodReport]:
    return [a.report for a in analysed(items)]


def causes(profile: Profile, index: int) -> tuple[CauseShare, ...]:
    return AnalysedProfile(PodProfile("", profile, "x"), profile.sample_types[index].type).report.causes


def stacked(*stacks: tuple[str, ...]) -> Profile:
    """A CPU profile of one sample of 10 ms for each stack, leaf first."""
    names = list(dict.fromkeys(name for stack in stacks for name in stack))
    return Profile(
        (SampleType("samples", "count"), SampleType("cpu", "nanoseconds")),
        tuple(Sample(tuple(names.index(n) for n in stack), (1, 10_000_000)) for stack in stacks),
        tuple(Location(i, (Line(i),)) for i in range(len(names))),
        tuple(Function(n) for n in names),
        duration_ns=10**9,
        period=10_000_000,
    )


def cause_of(*stack: str) -> str:
    return causes(stacked(stack), 1)[0].id


def test_the_share_of_8602_is_what_pprof_shows_for_generate_client_cert(recording: Recording) -> None:
    made, findings = judged(recording(FAULTY), ProfileKind.CPU)
    kcp = made[0]
    assert called(kcp.item) == "KCP", "the hungriest first"
    assert kcp.causes[0].id == CREDENTIAL
    assert kcp.causes[0].share == pytest.approx(0.8895, abs=0.005)
    assert kcp.causes[0].samples == 515
    assert kcp.millicores == pytest.approx(289, abs=1)
    assert [f.code for f in findings] == ["etcd-client-keys"]
    assert findings[0].subject.kind == "Pod"
    assert "v1.4.3" in findings[0].seen


@pytest.mark.parametrize("kind", [ProfileKind.CPU, ProfileKind.ALLOCS, ProfileKind.HEAP])
@pytest.mark.parametrize("capture", OTHERS)
def test_no_verdict_elsewhere(capture: str, kind: ProfileKind, recording: Recording) -> None:
    _, findings = judged(recording(capture), kind)
    assert findings == ()


@pytest.mark.parametrize("capture", [FAULTY, *OTHERS])
def test_causes_sum_to_the_profile(capture: str, recording: Recording) -> None:
    for path in recording(capture).glob("controllers/*/*.pb.gz"):
        profile = decode(path.read_bytes())
        for index in range(len(profile.sample_types)):
            rows = causes(profile, index)
            assert sum(r.value for r in rows) == sum(by_function(profile, index).values)
            assert len({r.id for r in rows}) == len(rows)


@pytest.mark.parametrize("capture", [FAULTY, *OTHERS])
def test_little_is_unknown(capture: str, recording: Recording) -> None:
    """Below a tenth of what a controller allocated: the table knows what these controllers do."""
    for path in recording(capture).glob("controllers/*/allocs.pb.gz"):
        profile = decode(path.read_bytes())
        assert sum(r.share for r in causes(profile, type_index(profile)) if r.id == UNKNOWN) < 0.1


def test_samples_are_counted_not_guessed(recording: Recording) -> None:
    profile = decode((recording(FAULTY) / "controllers/kcp/cpu.pb.gz").read_bytes())
    by_time, by_count = causes(profile, 1), causes(profile, 0)
    assert sum(c.samples or 0 for c in by_time) == sum(c.samples or 0 for c in by_count) == 579
    assert {c.id: c.samples for c in by_time} == {c.id: c.value for c in by_count}


@pytest.mark.parametrize(
    ("stack", "cause"),
    [
        (("runtime.mallocgc", "crypto/rsa.GenerateKey", "x/controlplane/kubeadm/pkg.generateClientCert"), CREDENTIAL),
        (("runtime.gcAssistAlloc", "x/controlplane/kubeadm/internal.generateClientCert"), CREDENTIAL),
        (("runtime.mallocgc", "crypto/rsa.GenerateKey", "x/util/secret.newCertificateAuthority"), "ca-and-kubeconfig-keys"),
        (("runtime.gcDrain", "runtime.gcBgMarkWorker"), "garbage-collection"),
        (("runtime.mallocgc", "encoding/json.Marshal", "x/util/patch.(*Helper).Patch", "x.(*R).Reconcile"), "json-and-conversion"),
        (("runtime.futex", "runtime.findRunnable", "runtime.mcall"), "idle"),
        (("crypto/tls.(*Conn).HandshakeContext", "google.golang.org/grpc.(*addrConn).connect"), "etcd-calls"),
        (("x/y.generateClientCertificate",), UNKNOWN),
        (("nobody.knows",), UNKNOWN),
        ((), UNKNOWN),
    ],
)
def test_for_whom_beats_how(stack: tuple[str, ...], cause: str) -> None:
    assert cause_of(*stack) == cause


def test_the_table_is_whole() -> None:
    assert len({c.id for c in CAUSES}) == len(CAUSES)
    assert CAUSES[-1].id == UNKNOWN
    for cause in CAUSES:
        assert re.fullmatch(r"[a-z0-9-]+", cause.id)
        assert cause.title
        assert cause.meaning
        assert cause.source
        for pattern in cause.frames:
            re.compile(pattern)
            assert ".*" not in pattern, "a name of a million characters must not take a square of that"


def kcp_at(version: str, folder: Path) -> list[PodReport]:
    """The faulty capture as if KCP were of another version."""
    with open_bundle(str(folder)) as source:
        item = gather_profiles(source, ProfileKind.CPU, 0.0, ("kcp",)).items[0]
    assert item.controller is not None
    return reports([replace(item, controller=replace(item.controller, version=Version.parse(version)))])


@pytest.mark.parametrize(("version", "found"), [("v1.3.9", True), ("v1.3.10", False), ("v1.4.3", False), ("v1.14.2", False), ("", True)])
def test_a_version_with_a_cache_is_filling_it(version: str, found: bool, recording: Recording) -> None:
    """After a restart with many clusters the same stacks are seen once; an unknown version is judged by what it does."""
    assert bool(verdicts(kcp_at(version, recording(FAULTY)))) is found


def test_little_load_needs_no_explanation() -> None:
    profile = replace(stacked(*[("crypto/rsa.GenerateKey", "x.generateClientCert")]), duration_ns=10**10)
    made = reports([PodProfile("cpu", profile, "x")])
    assert made[0].making_keys == 1.0
    assert verdicts(made) == ()


def test_a_difference_has_no_verdict(recording: Recording) -> None:
    new, old = (decode((recording(c) / "controllers/kcp/cpu.pb.gz").read_bytes()) for c in (FAULTY, "v1.5.8-10-clusters"))
    item = PodProfile("cpu", difference(new, old), "x", base_seconds=old.seconds)
    made = reports([item])
    assert made[0].causes[0].id == CREDENTIAL
    assert made[0].causes[0].value == 5_150_000_000 - 50_000_000
    assert verdicts(made) == ()
    assert reports([replace(item, base_seconds=1.0)])[0].millicores is None, "windows that differ give no load"


STORES = Path(__file__).parents[2] / "recordings" / "stores"


@pytest.mark.parametrize(("file", "samples"), [("cpu-merge", 5211), ("allocs-single", 16469)])
def test_a_store_leaves_the_period_and_the_samples_out(file: str, samples: int) -> None:
    """Parca merges to one sample type, without period and window: Go's own periods tell how many samples it rests on."""
    profile = decode((STORES / "parca" / f"{file}.pb.gz").read_bytes())
    assert (profile.period, profile.duration_ns, len(profile.sample_types)) == (0, 0, 1)
    (made,) = reports([PodProfile("", profile, "parca")])
    assert made.samples == samples
    assert made.samples == pytest.approx(made.value / {"cpu": 10_000_000, "alloc_space": 512 << 10}[made.type.type], abs=len(made.causes))


def test_a_merged_profile_shows_8602_without_a_load() -> None:
    """Captured while KCP 1.4.2 ran with 10 clusters; 46.35 of its 52.11 s are keys."""
    profile = decode((STORES / "parca" / "cpu-merge.pb.gz").read_bytes())
    (finding,) = verdicts(reports([PodProfile("cpu", profile, "parca")]))
    assert finding.seen.startswith("etcd client credential generation takes 88.9% of its CPU: issue 8602")
    few = replace(profile, samples=tuple([s._replace(values=(s.values[0] // 500,)) for s in profile.samples]))
    assert verdicts(reports([PodProfile("cpu", few, "parca")])) == (), "ten samples show nothing"


@pytest.mark.parametrize(("kind", "unit"), [("delay", "nanoseconds"), ("alloc_objects", "count"), ("wall", "nanoseconds")])
def test_what_does_not_count_samples_is_not_taken_for_them(kind: str, unit: str) -> None:
    """One delay may be a second long; an allocation's sample stands for many objects."""
    profile = replace(stacked(("x.y",)), sample_types=(SampleType(kind, unit),), samples=(Sample((0,), (7_000_000,)),), period=1)
    (made,) = reports([PodProfile("", profile, "x")])
    assert made.samples is None
    assert made.causes[0].samples is None

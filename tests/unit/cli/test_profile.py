"""The ``profile`` command as typed: texts, JSON, files, refusals and exit codes."""

from __future__ import annotations

import gzip
import json
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.cli.profile import KINDS
from kubectl_kcp.cli.profile_options import FORMAT_NAMES
from kubectl_kcp.errors import ExitCode
from kubectl_kcp.model.profile import Function, Line, Location, Profile, Sample, SampleType
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.pprof.encode import encode
from kubectl_kcp.render.profile.formats import FORMATS
from kubectl_kcp.sources.interface import ProfileKind
from tests.schema import validate
from tests.unit.sources.serving import Answers, serving

Recording = Callable[[str], Path]
Golden = Callable[[str, str], None]
FAULTY = "v1.4.2-10-clusters"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def profile(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., tuple[int, bytes, str]]:
    """Runs ``profile ARGS``: exit code, stdout, stderr."""

    def typed(*args: object) -> tuple[int, bytes, str]:
        code = run(["profile", *map(str, args)], "kubectl kcp")
        out, err = capfdbinary.readouterr()
        return code, out, err.decode()

    return typed


Typed = Callable[..., tuple[int, bytes, str]]


def test_names_match_what_they_stand_for() -> None:
    assert tuple(k.value for k in ProfileKind) == KINDS
    assert set(FORMATS) == set(FORMAT_NAMES)


def test_the_first_line_names_kcp_the_cause_and_the_fix(profile: Typed, recording: Recording, golden: Golden) -> None:
    code, out, err = profile("--bundle", recording(FAULTY))
    first = out.decode().splitlines()[0]
    assert first.startswith("KCP v1.4.2: etcd client credential generation takes 88.9% of its CPU")
    assert "v1.4.3" in first
    assert (code, err) == (ExitCode.OK, "")
    golden("profile/causes-cpu-v1.4.2-10-clusters.txt", out.decode())


@pytest.mark.parametrize("kind", ["allocs", "goroutine"])
def test_causes_of_other_kinds(kind: str, profile: Typed, recording: Recording, golden: Golden) -> None:
    code, out, _ = profile(kind, "--bundle", recording(FAULTY))
    assert code == ExitCode.OK
    golden(f"profile/causes-{kind}-v1.4.2-10-clusters.txt", out.decode())


def test_an_idle_controller_is_no_error(profile: Typed, recording: Recording) -> None:
    code, out, _ = profile("--bundle", recording("v1.4.2-0-clusters"), "--controller", "kcp")
    assert code == ExitCode.OK
    assert out.decode().startswith("No load: KCP was idle in the window (no samples)")


def test_few_samples_are_said_to_be_few(profile: Typed, recording: Recording) -> None:
    _, out, _ = profile("--bundle", recording(FAULTY), "--controller", "infra")
    assert "rests on 38 samples, fewer than 50: shares are rough" in out.decode()


def test_contention_profiles_are_empty_unless_turned_on(profile: Typed, recording: Recording) -> None:
    code, out, _ = profile("mutex", "--bundle", recording("v1.14.2-healthy"))
    assert code == ExitCode.OK
    assert "--contention-profiling" in out.decode().splitlines()[0]


def items(out: bytes) -> list[dict[str, Any]]:
    document = json.loads(out)
    validate(document, "profile")
    rows: list[dict[str, Any]] = document["items"]
    return rows


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("capture", ["v1.14.2-healthy", "v1.14.2-stale-credential"])
def test_json_follows_its_schema(kind: str, capture: str, profile: Typed, recording: Recording) -> None:
    code, out, _ = profile(kind, "--bundle", recording(capture), "-o", "json")
    assert code == ExitCode.OK
    assert [i["profileType"] for i in items(out)] == [kind] * 4


def test_json_of_8602(profile: Typed, recording: Recording) -> None:
    _, out, _ = profile("--bundle", recording(FAULTY), "-o", "json", "--limit", "0")
    kcp = items(out)[0]
    assert kcp["provider"] == "control-plane-kubeadm"
    assert (kcp["version"], kcp["leader"], kcp["sampleCount"]) == ("v1.4.2", True, 579)
    assert kcp["causes"][0]["id"] == "etcd-client-credential"
    assert sum(c["value"] for c in kcp["causes"]) == kcp["value"] == 5_790_000_000
    assert sum(c["cpuMillicores"] for c in kcp["causes"]) == pytest.approx(kcp["cpuMillicores"])
    cum = {f["name"].rpartition("/")[2]: f["cum"] for f in kcp["functions"]}
    assert cum["internal.generateClientCert"] == 5_150_000_000
    assert json.loads(out)["findings"][0]["code"] == "etcd-client-keys"
    _, few, _ = profile("--bundle", recording(FAULTY), "-o", "json")
    assert len(items(few)[0]["functions"]) == 20


@pytest.mark.parametrize(("kind", "types"), [("heap", "inuse_space"), ("allocs", "alloc_space")])
def test_heap_is_in_use_and_allocs_is_allocated(kind: str, types: str, profile: Typed, recording: Recording) -> None:
    """Whichever of the two files it is read from."""
    file = recording(FAULTY) / "controllers/kcp/heap.pb.gz"
    _, out, _ = profile(kind, "--file", file, "-o", "json")
    assert items(out)[0]["sampleType"] == types
    _, out, _ = profile(kind, "--file", file, "-o", "json", "--sample-type", "alloc_objects")
    assert (items(out)[0]["sampleType"], items(out)[0]["unit"]) == ("alloc_objects", "count")


def test_top_and_tree(profile: Typed, recording: Recording, golden: Golden) -> None:
    file = recording(FAULTY) / "controllers/kcp/cpu.pb.gz"
    for name, args in {"top": ["--limit", "12"], "top-cum": ["--sort", "cum", "--limit", "12"], "tree": ["--limit", "3"]}.items():
        code, out, _ = profile("--file", file, "-o", name.partition("-")[0], *args)
        assert code == ExitCode.OK
        golden(f"profile/{name}.txt", out.decode().replace(str(file), "cpu.pb.gz"))


def test_folded_sums_to_the_total(profile: Typed, recording: Recording) -> None:
    _, out, _ = profile("--bundle", recording(FAULTY), "-o", "folded")
    lines = [line.rpartition(" ") for line in out.decode().splitlines()]
    assert sum(int(value) for _, _, value in lines) == (579 + 38 + 3 + 2) * 10_000_000
    assert all(stack.startswith("ca") for stack, _, _ in lines), "each stack begins with its Pod"
    _, out, _ = profile("--bundle", recording(FAULTY), "-o", "folded", "--controller", "kcp")
    assert sum(int(line.rpartition(" ")[2]) for line in out.decode().splitlines()) == 5_790_000_000


def test_speedscope_holds_every_controller(profile: Typed, recording: Recording) -> None:
    _, out, _ = profile("--bundle", recording(FAULTY), "-o", "speedscope")
    document = json.loads(out)
    assert [p["endValue"] for p in document["profiles"]] == [5_790_000_000, 380_000_000, 30_000_000, 20_000_000]
    for made in document["profiles"]:
        assert sum(made["weights"]) == made["endValue"]
        assert len(made["samples"]) == len(made["weights"])
        assert max(i for s in made["samples"] for i in s) < len(document["shared"]["frames"])


def test_proto_is_written_once_and_for_the_owner_alone(profile: Typed, recording: Recording, tmp_path: Path) -> None:
    to = tmp_path / "kcp.pb.gz"
    source = recording(FAULTY) / "controllers/kcp/cpu.pb.gz"
    assert profile("--file", source, "-o", "proto", "--to", to)[0] == ExitCode.OK
    assert decode(to.read_bytes()) == decode(source.read_bytes())
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    code, _, err = profile("--file", source, "-o", "top", "--to", to)
    assert code == ExitCode.FAILED
    assert "--force" in err
    assert profile("--file", source, "-o", "top", "--to", to, "--force")[0] == ExitCode.OK
    assert to.read_text().startswith(str(source))
    assert [p.name for p in tmp_path.iterdir()] == ["kcp.pb.gz"], "nothing is left behind"
    assert profile("--file", source, "-o", "proto")[1] == gzip.compress(
        gzip.decompress(profile("--file", source, "-o", "proto")[1]), mtime=0
    )


def test_baseline_is_a_file_or_a_bundle(profile: Typed, recording: Recording, golden: Golden) -> None:
    new, old = recording(FAULTY), recording("v1.5.8-10-clusters")
    _, out, _ = profile("--bundle", new, "--baseline", old, "-o", "json", "--limit", "0")
    by_bundle = {i["provider"]: i for i in items(out)}
    assert by_bundle["control-plane-kubeadm"]["value"] == 5_790_000_000 - 580_000_000
    assert by_bundle["control-plane-kubeadm"]["total"] == 580_000_000
    _, out, _ = profile(
        "--file", new / "controllers/kcp/cpu.pb.gz", "--baseline", old / "controllers/kcp/cpu.pb.gz", "-o", "json", "--limit", "0"
    )
    assert items(out)[0]["functions"] == by_bundle["control-plane-kubeadm"]["functions"]
    _, out, _ = profile("--bundle", new, "--baseline", old)
    golden("profile/baseline.txt", out.decode())


def test_a_controller_without_a_baseline_is_said(profile: Typed, recording: Recording, tmp_path: Path) -> None:
    code, _, err = profile("--bundle", recording(FAULTY), "--baseline", recording(FAULTY) / "controllers/kcp/cpu.pb.gz")
    assert code == ExitCode.USAGE
    assert "--controller" in err
    code, _, err = profile("heap", "--bundle", recording(FAULTY), "--controller", "kcp", "--baseline", recording("v1.4.2-0-clusters"))
    assert (code, err) == (ExitCode.OK, "")
    bare = tmp_path / "bare"
    shutil.copytree(recording("v1.5.8-10-clusters"), bare, ignore=shutil.ignore_patterns("infra"))
    code, out, err = profile("--bundle", recording(FAULTY), "--baseline", bare)
    assert code == ExitCode.INCOMPLETE
    assert "the baseline holds no profile of this controller" in err
    assert out.decode().startswith("KCP: the largest change is")


def test_a_baseline_is_told_by_what_it_is_not_by_its_name(profile: Typed, recording: Recording, tmp_path: Path) -> None:
    archive = tmp_path / "baseline"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(recording("v1.5.8-10-clusters"), "bundle")
    code, out, err = profile("--bundle", recording(FAULTY), "--controller", "kcp", "--baseline", archive)
    assert (code, err) == (ExitCode.OK, "")
    assert "+5.10s cpu" in out.decode().splitlines()[0]
    file = recording(FAULTY) / "controllers/kcp/cpu.pb.gz"
    code, _, err = profile("--file", file, "--baseline", archive)
    assert code == ExitCode.USAGE
    assert "tells no controller" in err
    code, _, err = profile("--file", file, "--baseline", file.with_name("heap.pb.gz"))
    assert code == ExitCode.FAILED
    assert "nothing to compare" in err


def test_a_url_is_read_as_issue_8602_does(profile: Typed, recording: Recording, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("t0\n")
    with serving(Answers(body=(recording(FAULTY) / "controllers/kcp/cpu.pb.gz").read_bytes())) as server:
        code, out, err = profile("--url", server.url, "--seconds", "10", "--token-file", token)
    assert (code, err) == (ExitCode.OK, "")
    assert "etcd client credential generation takes 88.9%" in out.decode().splitlines()[0]
    assert server.asked == [("/debug/pprof/profile?seconds=10", "Bearer t0")]


def test_a_url_that_answers_with_a_page(profile: Typed) -> None:
    with serving(Answers(body=b"<html><body>Sign in</body></html>")) as server:
        code, out, err = profile("heap", "--url", server.url)
    assert (code, out) == (ExitCode.FAILED, b"")
    assert err.startswith(f"error: {server.url}: an HTML or XML page, not a profile")


BAD_FILES = {
    "cut.pb.gz": (lambda good: good[:-100], "cut short"),
    "plain.pb.gz": (lambda good: b"this is no profile, and not gzip either", "not a pprof profile"),
    "page.html": (lambda good: b"<html><body>Sign in</body></html>", "HTML"),
    "empty": (lambda good: b"", "0 bytes"),
    "bomb.pb.gz": (lambda good: gzip.compress(bytes(200 << 20)), "unpacks to more than 64 MiB"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_one_clear_line(name: str, profile: Typed, recording: Recording, tmp_path: Path) -> None:
    damage, says = BAD_FILES[name]
    path = tmp_path / name
    path.write_bytes(damage((recording(FAULTY) / "controllers/kcp/cpu.pb.gz").read_bytes()))
    for output in ("causes", "top", "json"):
        code, out, err = profile("--file", path, "-o", output)
        assert (code, out) == (ExitCode.FAILED, b"")
        first, *more = err.splitlines()
        assert first.startswith(f"error: {path}: ")
        assert says in first
        assert len(more) <= 1, "at most a hint"


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["--file", "/nowhere.pb.gz"], ExitCode.FAILED, "no such file"),
        (["--file", "/"], ExitCode.FAILED, "--bundle / reads a bundle"),
        (["--file", "x", "--url", "http://h"], ExitCode.USAGE, "exclude each other"),
        (["--file", "x", "--controller", "kcp"], ExitCode.USAGE, "--controller"),
        (["heat", "--file", "x"], ExitCode.USAGE, "'heat' is not one of"),
        (["--url", "localhost:40001"], ExitCode.USAGE, "http://localhost:40001"),
        (["--bundle", "/nowhere"], ExitCode.FAILED, "/nowhere"),
        (["--file", "x", "--token-file", "/nowhere", "--url", "http://h"], ExitCode.USAGE, "exclude"),
    ],
)
def test_wrong_arguments(args: list[str], code: int, says: str, profile: Typed) -> None:
    got, out, err = profile(*args)
    assert (got, out) == (code, b"")
    assert says in err


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--focus", "("], "--focus '(' is not a regular expression"),
        (["--sample-type", "bytes"], "it holds: samples, cpu"),
        (["-o", "proto"], "--controller NAME chooses one"),
        (["-o", "speedscope", "--baseline", "BUNDLE"], "differences"),
        (["--controller", "nobody"], "there are: bootstrap-kubeadm, cluster-api"),
    ],
)
def test_what_a_bundle_cannot_give(args: list[str], says: str, profile: Typed, recording: Recording) -> None:
    bundle = str(recording(FAULTY))
    code, out, err = profile("--bundle", bundle, *(bundle if a == "BUNDLE" else a for a in args))
    assert code in (ExitCode.USAGE, ExitCode.FAILED)
    assert out == b""
    assert says in err


def test_a_profile_of_another_kind_is_refused(profile: Typed, recording: Recording) -> None:
    code, _, err = profile("cpu", "--file", recording(FAULTY) / "controllers/kcp/goroutine.pb.gz")
    assert code == ExitCode.FAILED
    assert "not a cpu profile: it holds goroutine" in err
    code, out, _ = profile("--file", recording(FAULTY) / "controllers/kcp/goroutine.pb.gz", "-o", "json")
    assert (code, items(out)[0]["profileType"]) == (ExitCode.OK, "goroutine")


def test_a_missing_profile_leaves_the_others(profile: Typed, recording: Recording, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(recording(FAULTY), bundle)
    (bundle / "controllers/core/cpu.pb.gz").unlink()
    (bundle / "controllers/kbp/cpu.pb.gz").write_bytes(b"rubbish")
    code, out, err = profile("--bundle", bundle)
    assert code == ExitCode.INCOMPLETE
    assert out.decode().startswith("KCP v1.4.2: etcd client credential generation")
    assert "holds no cpu profile of this Pod" in err
    assert "no protobuf message" in err
    code, out, err = profile("--bundle", bundle, "-o", "json")
    assert (code, err) == (ExitCode.INCOMPLETE, "")
    assert len(json.loads(out)["errors"]) == 2


HEAVY = {"kubernetes", "cryptography", "jinja2", "yaml", "rich", "prometheus_client", "http.client", "ssl", "tempfile"}

NAMES = """
advice cli cli.completing cli.main cli.options cli.outcome cli.profile cli.profile_options
cli.profile_result cli.profile_store cli.terminal errors
gather gather.profile_file knowledge knowledge.providers
kube kube.messages kube.times model model.profile model.profile_report model.reference
pprof pprof.compression pprof.decode pprof.diff pprof.kinds pprof.limits pprof.messages pprof.names pprof.sample_types
pprof.selection pprof.stacks pprof.top printable
pprof.analysis pprof.read
render render.profile render.profile.formats render.profile.top render.profile.units render.table render.text render.tone render.units
sources sources.file
"""
OURS = {f"kubectl_kcp.{name}" for name in NAMES.split()}
"""No cluster model, no table of causes: a list, so that whoever adds to it sees what it costs."""


def test_top_of_a_file_imports_little(recording: Recording) -> None:
    file = recording(FAULTY) / "controllers/kcp/cpu.pb.gz"
    script = (
        "import sys\nfrom kubectl_kcp.cli.main import run\n"
        f"assert run(['profile', '--file', {str(file)!r}, '-o', 'top'], 'x') == 0\n"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(done.stderr.split())
    assert not loaded & HEAVY
    assert {m for m in loaded if m.startswith("kubectl_kcp.")} == OURS


def test_names_from_a_file_do_not_drive_the_terminal(profile: Typed, tmp_path: Path) -> None:
    path = tmp_path / "\x1b[31mred.pb.gz"
    made = Profile(
        (SampleType("cpu", "nanoseconds"),),
        (Sample((0,), (10,)),),
        (Location(1, (Line(0),)),),
        (Function("main.\x1b[2Jwipe"),),
        duration_ns=1,
    )
    path.write_bytes(encode(made))
    for output in ("causes", "top", "tree", "folded"):
        code, out, _ = profile("--file", path, "-o", output)
        assert code == ExitCode.OK
        assert b"\x1b" not in out


def test_a_baseline_that_takes_all_away(profile: Typed, recording: Recording) -> None:
    bundle = recording(FAULTY)
    code, out, _ = profile("--bundle", bundle, "--baseline", bundle)
    assert code == ExitCode.OK
    assert out.decode().startswith("No difference")


def test_markdown_says_what_the_text_says(profile: Typed, recording: Recording, golden: Golden, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(recording(FAULTY), bundle)
    (bundle / "controllers/core/cpu.pb.gz").unlink()
    code, out, err = profile("--bundle", bundle, "-o", "markdown", "--limit", "3")
    assert (code, err) == (ExitCode.INCOMPLETE, "")
    assert "- not read: " in out.decode()
    golden("profile/causes.md", out.decode().replace(str(bundle), "BUNDLE"))


def test_a_dump_says_what_is_waited_for(profile: Typed, tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    path.write_text(
        "goroutine 7 [sync.Mutex.Lock, 14 minutes]:\nsync.(*Mutex).Lock(...)\n\ts.go:46\nx.(*Cache).Get(0xc0)\n\tx.go:9 +0x1d\n"
    )
    code, out, _ = profile("goroutine", "--file", path)
    lines = out.decode().splitlines()
    assert code == ExitCode.OK
    assert " ".join(out.decode().split()).startswith(f"{path}: 1 goroutine has waited for a lock, up to 14 minutes")
    assert lines[-1].split() == ["sync.Mutex.Lock", "(a", "lock)", "1", "14m", "x.(*Cache).Get"]
    _, out, _ = profile("goroutine", "--file", path, "-o", "json")
    item = json.loads(out)["items"][0]
    assert item["waits"] == [
        {"state": "sync.Mutex.Lock", "function": "x.(*Cache).Get", "lock": True, "goroutines": 1, "longestSeconds": 840}
    ]
    validate(json.loads(out), "profile")

"""``profile`` as a call graph, as traces, as a peek, and in the browser."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import ExitCode
from kubectl_kcp.model.profile import Function, Line, Location, Profile, Sample, SampleType
from kubectl_kcp.pprof.encode import encode
from kubectl_kcp.pprof.graph import CallGraph
from kubectl_kcp.render.profile.dot import colour, dot_text

Recording = Callable[[str], Path]
Golden = Callable[[str, str], None]
FAULTY = "v1.4.2-10-clusters"
Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def profile(capfdbinary: pytest.CaptureFixture[bytes]) -> Typed:
    """Runs ``profile ARGS``: exit code, stdout, stderr."""

    def typed(*args: object) -> tuple[int, str, str]:
        code = run(["profile", *map(str, args)], "kubectl kcp")
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return typed


@pytest.fixture
def cpu(recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """KCP's profile of issue 8602 in the working directory."""
    shutil.copy(recording(FAULTY) / "controllers/kcp/cpu.pb.gz", tmp_path)
    monkeypatch.chdir(tmp_path)
    return "cpu.pb.gz"


def program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("graph.dot", ["-o", "dot", "--limit", "6"]),
        ("traces.txt", ["-o", "traces", "--limit", "2", "--show", "cluster-api|rsa"]),
        ("peek.txt", ["--peek", "generateClientCert"]),
        ("shown.txt", ["-o", "top", "--show", "kubeadm/internal", "--hide", "Reconcile", "--sort", "cum"]),
    ],
)
def test_as_text(name: str, args: list[str], profile: Typed, cpu: str, golden: Golden) -> None:
    code, out, err = profile("--file", cpu, *args)
    assert (code, err) == (ExitCode.OK, "")
    golden(f"profile/{name}", out)


def test_of_several_controllers(profile: Typed, recording: Recording) -> None:
    code, out, _ = profile("--bundle", recording(FAULTY), "--peek", "GetWorkloadCluster$")
    assert code == ExitCode.OK
    assert out.startswith("kcp v1.4.2"), "those that hold no such function are not named"
    assert "infra-docker" not in out
    _, out, _ = profile("--bundle", recording(FAULTY), "-o", "traces", "--limit", "1")
    assert [line.split()[0] for line in out.splitlines() if " cpu in " in line] == ["kcp", "infra-docker", "core", "kbp"]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["-o", "dot"], "--controller NAME chooses one"),
        (["--peek", "nothing is called so"], "no function matches"),
        (["--peek", "x", "-o", "top"], "--peek is for -o tree"),
        (["--normalize"], "--normalize is for --baseline"),
        (["--nodefraction", "0.1"], "--nodefraction is for -o dot or -o svg"),
        (["--edgefraction", "2"], "--edgefraction"),
        (["--open", "-o", "top"], "--open is for -o html or -o svg"),
        (["--tagfocus", "a=("], "--tagfocus '(' is not a regular expression"),
    ],
)
def test_what_is_refused(args: list[str], says: str, profile: Typed, recording: Recording) -> None:
    code, out, err = profile("--bundle", recording(FAULTY), *args)
    assert code in (ExitCode.USAGE, ExitCode.FAILED)
    assert out == ""
    assert says in err


def test_nothing_that_matches_is_no_idle_controller(profile: Typed, cpu: str) -> None:
    code, out, err = profile("--file", cpu, "--focus", "nothing is called so")
    assert (code, err) == (ExitCode.OK, "")
    assert out.startswith("Nothing is left of 1 CPU profile: no sample is what was asked for")
    _, out, err = profile("--file", cpu, "--tagfocus", "nothing:here", "-o", "top")
    assert "FUNCTION" in out
    assert err == "no sample is what was asked for: nothing is left of the profile\n"


def test_equal_totals_have_no_load(profile: Typed, recording: Recording) -> None:
    bundle = recording("v1.5.8-10-clusters")
    words = ["--bundle", bundle, "--baseline", recording(FAULTY), "--controller", "kcp"]
    code, out, _ = profile(*words, "--normalize")
    assert code == ExitCode.OK
    assert out.splitlines()[0].startswith("KCP: the largest change is etcd client credential generation, -4.")
    assert "with the total scaled to" in out
    assert "m cpu" not in out
    assert profile(*words)[1] != out
    assert profile(*words, "--normalize", "-o", "json")[1].count('"cpuMillicores": null') == 1


def test_hostile_names_stay_names(profile: Typed, tmp_path: Path) -> None:
    name = 'a"];x[label="\\\n\x1b[2J'
    made = Profile((SampleType("cpu", "nanoseconds"),), (Sample((0,), (10,)),), (Location(1, (Line(0),)),), (Function(name),))
    path = tmp_path / "p.pb.gz"
    path.write_bytes(encode(made))
    for output in ("dot", "traces"):
        code, out, _ = profile("--file", path, "-o", output)
        assert code == ExitCode.OK
        assert "\x1b" not in out
    node = next(line for line in profile("--file", path, "-o", "dot")[1].splitlines() if line.startswith("N1 "))
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', node)
    assert re.fullmatch(r'N1 \[label="" id="" fontsize=\d+ tooltip="" color="" fillcolor=""\]', bare), node


def test_a_graph_of_nothing_is_a_graph() -> None:
    assert dot_text("idle", CallGraph((), (), 0, (0, 0)), "nanoseconds", 0).splitlines()[-1] == "}"


@pytest.mark.parametrize(
    ("share", "background", "same_as_go"),
    [(0.9016, False, "#b20500"), (0.5579, True, "#edd9d5"), (0.0225, False, "#b2ac9e"), (0.0, True, "#ededed"), (-1.0, False, "#00b200")],
)
def test_colours_are_those_of_go(share: float, background: bool, same_as_go: str) -> None:
    assert colour(share, background) == same_as_go


def test_svg_without_graphviz_says_so_at_once(profile: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, out, err = profile("--file", "is not read", "-o", "svg")
    assert (code, out) == (ExitCode.FAILED, "")
    assert "Graphviz's program dot is not on this machine's PATH" in err
    assert "-o dot" in err
    assert "-o html" in err


def test_svg_is_what_graphviz_draws(profile: Typed, cpu: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(tmp_path / "bin", "dot", 'test "$*" = -Tsvg && cat > asked.dot && echo "<svg/>"')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert profile("--file", cpu, "-o", "svg", "--limit", "6") == (ExitCode.OK, "<svg/>\n", "")
    assert (tmp_path / "asked.dot").read_text() == profile("--file", cpu, "-o", "dot", "--limit", "6")[1]
    program(tmp_path / "bin", "dot", 'echo "syntax error in line 3" >&2; exit 1')
    code, out, err = profile("--file", cpu, "-o", "svg")
    assert (code, out) == (ExitCode.FAILED, "")
    assert "dot failed: syntax error in line 3" in err


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_takes_what_we_write(profile: Typed, cpu: str) -> None:
    code, out, err = profile("--file", cpu, "-o", "svg")
    assert (code, err) == (ExitCode.OK, "")
    assert out.count('class="node"') == 81, "80 functions and the legend"
    assert 'id="node1"' in out


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A browser that writes the address down that it was given. The temporary files are the test's."""
    log = tmp_path / "visited"
    script = program(tmp_path / "bin", "browse", f'echo "$1" >> {log}')
    monkeypatch.setenv("BROWSER", f"{script} %s")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return log


def opened(*words: object) -> subprocess.CompletedProcess[str]:
    """In a process of its own: ``webbrowser`` and ``tempfile`` look at the environment once."""
    command = [sys.executable, "-m", "kubectl_kcp", "profile", *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment)


def test_the_page_opens_in_the_browser(cpu: str, browser: Path, tmp_path: Path) -> None:
    done = opened("--file", cpu, "--open")
    (address,) = browser.read_text().split()
    page = Path(address.removeprefix("file://"))
    assert page.parent == tmp_path
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert (done.stdout, done.stderr) == ("", f"the page is {page}\n")


def test_the_page_is_kept_where_it_was_asked_for(cpu: str, browser: Path, tmp_path: Path) -> None:
    opened("--file", cpu, "--open", "--to", "kept.html")
    assert browser.read_text() == f"{(tmp_path / 'kept.html').as_uri()}\n"
    assert stat.S_IMODE((tmp_path / "kept.html").stat().st_mode) == 0o600


def test_without_a_browser_it_says_where_the_page_lies(cpu: str, browser: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BROWSER", f"{program(tmp_path / 'bin', 'broken', 'exit 1')} %s")
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "TERM"):
        monkeypatch.delenv(variable, raising=False)
    done = opened("--file", cpu, "--open", "--to", "kept.html")
    assert done.stderr == f"no browser could be opened; the page is {tmp_path / 'kept.html'}\n"
    assert not browser.exists()


def test_what_is_left_out_is_named_as_go_tool_pprof_does(profile: Typed, recording: Recording) -> None:
    """--ignore drops stacks, --show-from what lies above, --tagignore samples by label; each leaves what the others leave alone."""
    seen = ("--bundle", recording(FAULTY), "--controller", "kcp", "-o", "folded")

    def folded(*options: str) -> list[str]:
        code, out, err = profile(*seen, *options)
        assert (code, err) == (0, "")
        return out.splitlines()

    whole = folded()
    calls = [line for line in whole if "generateClientCert" in line]
    assert calls
    assert folded("--ignore", "generateClientCert") == [line for line in whole if line not in calls]
    begun = folded("--show-from", "generateClientCert")
    assert begun
    assert all("generateClientCert" in line.split(";")[0] for line in begun)
    assert folded("--tagignore", "no-such-label=x") == whole

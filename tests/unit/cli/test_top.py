"""The ``top`` command as typed: figures, formats, broken pages and exit codes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.cli.watch import Sight
from kubectl_kcp.errors import ExitCode
from tests.schema import validate

Recording = Callable[[str], Path]
Golden = Callable[[str, str], None]
Typed = Callable[..., tuple[int, str, str]]
BEFORE_FIX, AFTER_FIX, NEW = "v1.4.2-10-clusters", "v1.5.8-10-clusters", "v1.14.2-stale-credential"


@pytest.fixture
def top(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Runs ``top ARGS``: exit code, stdout, stderr."""

    def typed(*args: object) -> tuple[int, str, str]:
        code = run(["top", *map(str, args)], "kubectl kcp")
        return code, *capsys.readouterr()

    return typed


def items(text: str) -> list[dict[str, Any]]:
    document = json.loads(text)
    validate(document, "top")
    found: list[dict[str, Any]] = document["items"]
    return found


@pytest.fixture
def damaged(recording: Recording, tmp_path: Path) -> Callable[[str, str, bytes | None], Path]:
    """A recording in which KCP's file holds other bytes, or is not there."""

    def make(name: str, file: str, content: bytes | None) -> Path:
        folder = tmp_path / "case"
        shutil.copytree(recording(name), folder)
        path = folder / "controllers/kcp" / file
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        return folder

    return make


@pytest.mark.parametrize(("name", "millicores", "tolerance"), [(BEFORE_FIX, 300, 5), (AFTER_FIX, 32, 3), ("v1.4.2-0-clusters", 2, 1)])
def test_cpu_of_kcp(name: str, millicores: int, tolerance: int, top: Typed, recording: Recording) -> None:
    code, out, _ = top("--bundle", recording(name), "-o", "json", "--controller", "kcp")
    (kcp,) = items(out)
    assert code == ExitCode.OK
    assert kcp["cpuMillicores"] == pytest.approx(millicores, abs=tolerance)
    assert kcp["windowSeconds"] == pytest.approx(20, abs=0.1)
    assert kcp["leader"] is True


@pytest.mark.parametrize("name", [BEFORE_FIX, AFTER_FIX, NEW])
def test_the_table_fits_80_columns(name: str, top: Typed, recording: Recording, golden: Golden) -> None:
    code, out, err = top("--bundle", recording(name))
    assert (code, err) == (ExitCode.OK, "")
    assert max(len(line) for line in out.split("\n\n")[0].splitlines()) <= 80
    golden(f"top/{name}.txt", out)


def test_wide_fits_210_columns(top: Typed, recording: Recording, golden: Golden) -> None:
    _, out, _ = top("--bundle", recording(NEW), "-o", "wide")
    assert max(len(line) for line in out.splitlines()) <= 210
    golden("top/wide.txt", out)


def test_json_holds_what_the_pages_hold(top: Typed, recording: Recording) -> None:
    _, out, _ = top("--bundle", recording(NEW), "-o", "json")
    kcp = next(i for i in items(out) if i["provider"] == "control-plane-kubeadm")
    assert kcp["windowSeconds"] == pytest.approx(10.062, abs=0.001)
    assert kcp["goroutines"] == 553
    assert kcp["memoryBytes"] == 93376512
    assert kcp["reconcilesPerSecond"] == {"error": 0.0, "requeue": 0.0, "requeue_after": pytest.approx(0.7, abs=0.1), "success": 0.099}
    assert kcp["throttling"] == []
    assert (kcp["queueDepth"], kcp["queueLowPriority"]) == (0, 0)
    assert {r["name"] for r in kcp["reconcilers"]} == {"clustercache", "crdmigrator", "kubeadmcontrolplane"}


@pytest.mark.parametrize("name", [BEFORE_FIX, AFTER_FIX, NEW])
def test_json_has_the_findings_of_the_text(name: str, top: Typed, recording: Recording) -> None:
    text = " ".join(top("--bundle", recording(name))[1].split())
    document = json.loads(top("--bundle", recording(name), "-o", "json")[1])
    validate(document, "top")
    said = [f"{f['seen']} [{f['code']}]" for f in document["findings"]]
    assert text.count("do: ") == len(said)
    assert all(s in text for s in said)
    assert [f["code"] for f in document["findings"]] == {BEFORE_FIX: ["workers-saturated"], AFTER_FIX: [], NEW: ["reconciles-failing"]}[
        name
    ]


WAITED = (
    'I1124 {}.000000       1 request.go:752] "Waited before sending request" delay="{}" '
    'reason="client-side throttling, not priority and fairness" verb="GET" URL="https://10.0.0.1:6443/api"\n'
)


def test_throttling_is_read_in_the_log_of_the_window(top: Typed, damaged: Callable[..., Path], recording: Recording) -> None:
    log = (recording(NEW) / "controllers/kcp/log.txt").read_text(encoding="utf-8")
    times = json.loads((recording(NEW) / "controllers/kcp/identity.json").read_text(encoding="utf-8"))["times"]
    first, last = times["metrics-1"][11:19], times["metrics-2"][11:19]
    lines = log + WAITED.format("00:00:01", "9s") + WAITED.format(last, "1.5s") + WAITED.format(last, "2.25s")
    assert first > "00:00:01"
    folder = damaged(NEW, "log.txt", lines.replace("I1124", f"I{times['metrics-1'][5:7]}{times['metrics-1'][8:10]}").encode())
    code, out, err = top("--bundle", folder, "-o", "wide")
    assert (code, err) == (ExitCode.OK, "")
    assert "2 (2.2s)" in next(line for line in out.splitlines() if line.startswith("kcp "))
    words = " ".join(out.split())
    assert (
        "up to 2.2 s, by its own limit; in force: --kube-api-qps=100 (default) --kube-api-burst=200 (default) [client-throttled]" in words
    )
    assert "2 lines of client-side throttling in the window" in words


def test_a_recording_without_a_log_is_shown_as_it_is(top: Typed, damaged: Callable[..., Path]) -> None:
    code, out, err = top("--bundle", damaged(NEW, "log.txt", None), "-o", "json")
    assert (code, err) == (ExitCode.OK, "")
    assert next(i for i in items(out) if i["provider"] == "control-plane-kubeadm")["throttling"] is None


def test_name_and_sorting(top: Typed, recording: Recording) -> None:
    _, out, _ = top("--bundle", recording(BEFORE_FIX), "-o", "name", "--sort-by", "memory")
    assert out.splitlines()[0].startswith("pod/capim-controller-manager-" if "capim" in out else "pod/cap")
    sizes = [i["memoryBytes"] for i in items(top("--bundle", recording(BEFORE_FIX), "-o", "json", "--sort-by", "memory")[1])]
    assert sizes == sorted(sizes, reverse=True)


PAGES = {
    "HTML": (b"<html><body>login</body></html>\n", "HTML where a metrics page is expected"),
    "another program's": (b"nginx_up 1\n", "not a controller's"),
    "cut": (b"go_goroutines 42", "is cut"),
    "missing": (None, "holds no metrics"),
}


@pytest.mark.parametrize("case", PAGES)
@pytest.mark.parametrize("file", ["metrics-1.txt", "metrics-2.txt"])
def test_a_broken_page_is_said_and_hides_no_other_pod(file: str, case: str, top: Typed, damaged: Callable[..., Path]) -> None:
    content, words = PAGES[case]
    code, out, err = top("--bundle", damaged(BEFORE_FIX, file, content))
    assert code == ExitCode.INCOMPLETE
    assert words in err
    assert err.count("warning:") == 1
    assert "infra-docker" in out
    shown = [line for line in out.splitlines() if line.startswith("kcp  ")]
    assert len(shown) == (1 if file == "metrics-1.txt" else 0)
    if shown:
        assert shown[0].split()[2] == "-"  # no rates, but what one page tells
        assert "68.1MiB" in shown[0]


def test_without_times_and_cpu_profile_there_are_no_rates(top: Typed, damaged: Callable[..., Path]) -> None:
    code, out, err = top("--bundle", damaged(BEFORE_FIX, "cpu.pb.gz", None))
    assert code == ExitCode.INCOMPLETE
    assert "the time between its two metrics pages is not known" in err
    assert next(line for line in out.splitlines() if line.startswith("kcp  ")).split()[2] == "-"


def test_a_restart_in_the_window_is_said(top: Typed, damaged: Callable[..., Path], recording: Recording) -> None:
    page = (recording(NEW) / "controllers/kcp/metrics-2.txt").read_text(encoding="utf-8")
    anew = page.replace("process_start_time_seconds 1.79547168035e+09", "process_start_time_seconds 1.79547202035e+09")
    assert anew != page
    code, out, _ = top("--bundle", damaged(NEW, "metrics-2.txt", anew.encode()))
    assert code == ExitCode.OK
    assert "pxfrf: started anew in the window: its rates are not known [process-restarted-in-window]" in " ".join(out.split())


def test_watching_a_recording_is_refused(top: Typed, recording: Recording) -> None:
    code, out, err = top("--bundle", recording(NEW), "--watch")
    assert (code, out) == (ExitCode.USAGE, "")
    assert "a bundle does not change" in err


def test_a_window_too_short_for_rates_is_refused(top: Typed, recording: Recording) -> None:
    code, out, err = top("--bundle", recording(NEW), "--window", "500ms")
    assert (code, out) == (ExitCode.USAGE, "")
    assert "--window 0.5s is too short" in err


def test_no_headers_leaves_figures_alone(top: Typed, recording: Recording) -> None:
    _, out, _ = top("--bundle", recording(NEW), "-o", "wide", "--no-headers")
    assert not {line.split()[0] for line in out.splitlines() if line} - {"core", "infra-docker", "kbp", "kcp"}
    assert "fail." not in out


def test_watch_honours_no_headers(top: Typed, recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def watch(look: Callable[[], Sight], interval: float, now: Callable[[], object]) -> None:
        seen.append(look().drawing(80))
        raise KeyboardInterrupt

    monkeypatch.setattr("kubectl_kcp.cli.watch.watch", watch)
    monkeypatch.setattr("kubectl_kcp.sources.bundle.folder.BundleSource.live", True)
    for words in ((), ("--no-headers",)):
        assert top("--bundle", recording(NEW), "--watch", *words)[0] == ExitCode.INTERRUPTED
    assert seen[0].startswith("CONTROLLER")
    assert seen[1].split()[0] in ("core", "kcp", "kbp", "infra-docker")
    assert seen[1].count("\n") == 3  # nothing below the table


def test_an_unknown_controller_is_named(top: Typed, recording: Recording) -> None:
    code, _, err = top("--bundle", recording(NEW), "--controller", "etcd")
    assert code == ExitCode.FAILED
    assert "etcd" in err


def test_infra_can_be_called_as_it_is_shown(top: Typed, recording: Recording) -> None:
    _, out, _ = top("--bundle", recording(NEW), "--controller", "infra-docker", "-o", "json")
    assert [i["provider"] for i in items(out)] == ["infrastructure-docker"]


def test_imports_little(recording: Recording) -> None:
    code = (
        "import sys; from kubectl_kcp.cli.main import run; run(sys.argv[1:], 'kcp'); "
        "print(*{m.partition('.')[0] for m in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, "top", "--bundle", str(recording(NEW))], capture_output=True, text=True, check=True)
    assert done.stdout
    assert not {"kubernetes", "cryptography", "jinja2", "rich", "yaml", "psutil"} & set(done.stderr.split())

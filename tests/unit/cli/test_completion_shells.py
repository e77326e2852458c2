"""Completion as a user meets it: in real bash, zsh and fish, through a real kubectl that asks kubectl_complete-kcp."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kubectl_kcp.cli.main import run
from tests.e2e.tool import ROOT, launcher

pty = pytest.importorskip("pty", reason="a pseudo-terminal is POSIX's")
LAB = Path(os.environ.get("LAB_HOME", Path.home() / ".cache/capi-lab")) / "bin/kubectl"
KUBECTL = str(LAB) if LAB.exists() else shutil.which("kubectl")
needs_kubectl = pytest.mark.skipif(KUBECTL is None, reason="no kubectl: tests/lab/build kubectl makes one")
STYLES = re.compile(r"\x1b\[[?0-9;]*[a-zA-Z]")
ASKED = "kubectl kcp certs status --bundle demo:stale-credential "
WORDS = (
    ("kubectl kcp ce", {"certs"}),
    ("kubectl kcp certs inspect --only", set()),
    ("kubectl kcp certs status --only", {"--only-problems"}),
    ("kubectl kcp certs status --context pro", {"prod-1", "prod-2"}),
    ("kubectl kcp explain etcd-credential-st", {"etcd-credential-stale"}),
    (f"{ASKED}-n ", {"default", "real"}),
    (f"{ASKED}-n real w", {"w1"}),
    ("kubectl kcp top --bundle demo:issue-8602 --controller kc", {"kcp"}),
)


@pytest.fixture
def home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """A user's environment with kubectl, the plugin and its completion on PATH."""
    place = tmp_path / "bin"
    place.mkdir()
    assert run(["completion", "kubectl"], "kubectl kcp") == 0
    launcher(place, "kubectl-kcp")
    (place / "kubectl_complete-kcp").write_text(capsys.readouterr().out)
    (place / "kubectl_complete-kcp").chmod(0o755)
    (place / "kubectl").symlink_to(str(KUBECTL))
    (tmp_path / "config").write_text("contexts: [{name: prod-1}, {name: prod-2}, {name: stage}]")
    path = f"{place}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(tmp_path), "KUBECONFIG": str(tmp_path / "config"), "TERM": "xterm", "LC_ALL": "C.UTF-8"}


@needs_kubectl
def test_in_bash(home: dict[str, str]) -> None:
    """As bash calls the function that completes: the words of the line, and which of them the cursor is at."""
    script = """
_get_comp_words_by_ref() { words=("${COMP_WORDS[@]}") cword=$COMP_CWORD cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}; }
source <(kubectl completion bash)
while IFS= read -r line; do
  read -ra COMP_WORDS <<< "$line"
  [[ $line == *" " ]] && COMP_WORDS+=("")
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$line COMP_POINT=${#line} COMPREPLY=() COMP_TYPE=9
  __start_kubectl
  printf '%s|' "${COMPREPLY[@]}"; echo
done
"""
    lines = "".join(f"{line}\n" for line, _ in WORDS)
    done = subprocess.run(["bash", "--norc", "-c", script], input=lines, capture_output=True, text=True, env=home, check=False)
    for (line, words), found in zip(WORDS, done.stdout.splitlines(), strict=True):
        shown = {word.split("  ")[0].strip() for word in found.split("|") if word.strip()}
        assert shown >= words, f"{line}: {found} {done.stderr}"
        assert words or not shown, line


@needs_kubectl
@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish")
@pytest.mark.parametrize(("line", "words"), WORDS, ids=[line for line, _ in WORDS])
def test_in_fish(home: dict[str, str], line: str, words: set[str]) -> None:
    script = f"kubectl completion fish | source; complete -C {line!r}"
    done = subprocess.run(["fish", "--no-config", "-c", script], capture_output=True, text=True, env=home, check=False)
    shown = {word.split("\t")[0] for word in done.stdout.splitlines()}
    assert shown >= words, done.stdout + done.stderr


@needs_kubectl
@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh")
@pytest.mark.parametrize(("line", "completed"), [("kubectl kcp cer", "kubectl kcp certs "), (f"{ASKED}-n rea", f"{ASKED}-n real ")])
def test_in_zsh(home: dict[str, str], line: str, completed: str) -> None:
    """On a pseudo-terminal: one word is left, so TAB writes it whole."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(["zsh", "-f", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, env=home, start_new_session=True) as shell:
        os.close(theirs)
        setup = "PS1=; autoload -U compinit; compinit -u; source <(kubectl completion zsh); unsetopt zle_bracketed_paste; echo rea''dy\n"
        os.write(ours, setup.encode())
        _until(ours, "ready\r\n")
        os.write(ours, f"{line}\t".encode())
        seen = _until(ours, completed)
        shell.kill()
    os.close(ours)
    assert completed in seen


def _until(terminal: int, wanted: str) -> str:
    """What is written until it is there, within a minute; without what styles it."""
    read, end = "", time.monotonic() + 60
    while wanted not in STYLES.sub("", read) and time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            read += os.read(terminal, 65536).decode("utf-8", "replace")
    return STYLES.sub("", read)


def test_a_cluster_that_does_not_answer_costs_a_second_and_no_word(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = {
            "clusters": [{"name": "c", "cluster": {"server": f"https://127.0.0.1:{silent.getsockname()[1]}"}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "current-context": "c",
        }
        (tmp_path / "config").write_text(json.dumps(config))
        environment = {**os.environ, "KUBECONFIG": str(tmp_path / "config"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
        command = [sys.executable, "-m", "kubectl_kcp", "completion", "words", "--", "certs", "status", ""]
        started = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60, cwd=ROOT)
        assert time.monotonic() - started < 30
    assert (done.returncode, done.stdout, done.stderr) == (0, ":4\n", "")
    assert not list(tmp_path.rglob("*.json"))


def test_names_are_kept_for_a_moment_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    words = ["completion", "words", "--", "certs", "status", "--bundle", "demo:stale-credential", "real"]
    assert run(words, "kubectl kcp") == 0
    (kept,) = tmp_path.rglob("*.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert ["real", "w1"] in json.loads(kept.read_bytes())
    assert {type(part) for pair in json.loads(kept.read_bytes()) for part in pair} == {str}
    kept.write_text('[["real", "kept"]]')
    capsys.readouterr()
    assert run(words, "kubectl kcp") == 0
    assert capsys.readouterr().out == "real/kept\n:4\n"
    os.utime(kept, (1, 1))
    assert run(words, "kubectl kcp") == 0
    assert capsys.readouterr().out == "real/w1\n:4\n"


def test_kubectl_asks_the_program_by_the_name_that_it_has(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "kubectl"], "kubectl capi-kcp") == 0
    text = capsys.readouterr().out
    assert "exec kubectl-capi_kcp completion words" in text
    assert "kubectl_complete-capi_kcp" in text


def test_files_are_left_to_the_shell(capsys: pytest.CaptureFixture[str]) -> None:
    for option, directive in (("--kubeconfig", ":0"), ("--context", ":4")):
        assert run(["completion", "words", "--", "certs", "status", option, "x"], "kubectl kcp") == 0
        assert capsys.readouterr().out == f"{directive}\n"

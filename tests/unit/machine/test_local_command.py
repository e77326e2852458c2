"""A program in our place: exit codes, signals to us alone, and Ctrl-C on a real terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from kubectl_kcp.errors import KcpError, NotFound
from kubectl_kcp.machine.local_command import find, run, still_running

pty = pytest.importorskip("pty", reason="a pseudo-terminal is POSIX's")
OURS = """
import os, sys
from kubectl_kcp.machine.local_command import run
sys.exit(run(sys.argv[1:], os.environ))
"""


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -KILL $$", 137), ("kill -INT $$", 130)])
def test_exit_codes(script: str, code: int) -> None:
    assert run(["sh", "-c", script], os.environ) == code


def test_the_environment_is_what_was_given(tmp_path: Path) -> None:
    assert run(["sh", "-c", f'echo "$A-$HOME" > {tmp_path}/out'], {"A": "b", "PATH": os.environ["PATH"]}) == 0
    assert (tmp_path / "out").read_text() == "b-\n"


def test_our_own_handlers_are_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    run(["true"], os.environ)
    assert signal.getsignal(signal.SIGINT) is before


def test_programs_that_cannot_be_run(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such program"):
        find("a-program-that-is-not-there")
    (tmp_path / "text").write_text("\x7fELF nothing")
    (tmp_path / "text").chmod(0o700)
    with pytest.raises(KcpError, match="cannot be run: "):
        run([str(tmp_path / "text")], os.environ)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_to_us_alone_reaches_the_command(number: signal.Signals) -> None:
    """In a session of its own there is no terminal that would send it to both."""
    script = f"trap 'exit 3' {number.value}; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen([sys.executable, "-c", OURS, "sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True) as ours:
        assert ours.stdout is not None
        assert ours.stdout.readline() == b"ready\n"
        ours.send_signal(number)
        assert ours.wait(20) == 3


def test_ctrl_c_on_a_terminal_is_the_commands_own_and_we_wait_for_it() -> None:
    script = "trap 'echo got it; exit 5' INT; echo ready; while :; do sleep 0.05; done"
    process, terminal = pty.fork()
    if process == 0:
        os.execv(sys.executable, [sys.executable, "-c", OURS, "sh", "-c", script])
    try:
        assert "ready" in _until(terminal, "ready")
        os.write(terminal, b"\x03")
        said = _until(terminal, "got it")
        assert said.count("got it") == 1
        assert "Traceback" not in said
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 5
    finally:
        os.close(terminal)


def _until(terminal: int, words: str) -> str:
    said = ""
    while words not in said:
        try:
            said += os.read(terminal, 4096).decode()
        except OSError:  # the other side has ended
            break
    return said


def test_what_a_command_leaves_running_is_told(tmp_path: Path) -> None:
    value = str(tmp_path)
    assert still_running("LENT", value) == []
    assert run(["sh", "-c", "sleep 61 & echo $! > $LENT/pid"], {**os.environ, "LENT": value}) == 0
    pid = int((tmp_path / "pid").read_text())
    try:
        while psutil.Process(pid).name() == "sh":  # it has its own name once the shell's copy has begun it
            time.sleep(0.01)
        assert still_running("LENT", value) == [f"{pid} sleep 61"]
        assert still_running("LENT", f"{value}/other") == []
    finally:
        os.kill(pid, signal.SIGKILL)

"""A real second process: answers, what happens when it fails, and that it ends with us."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psutil
import pytest

from kubectl_kcp.machine import second_process
from kubectl_kcp.machine.second_process import ARGUMENT, SecondProcess

MODULE = "answers_for_a_test"
ANSWER = f"{MODULE}:answer"
ANSWERS = """
import os, signal
def twice(question):
    return question * 2

def answer(question):
    if question == b"pid":
        return b"%d" % os.getpid()
    if question == b"fail":
        raise ValueError("no")
    if question == b"wait":
        os.kill(os.getpid(), signal.SIGSTOP)
    if question == b"killed":
        os.kill(os.getpid(), signal.SIGTERM)
    return question[::-1]
"""
OURS = """
import sys, time
sys.path.insert(0, sys.argv[1])
from kubectl_kcp.machine.second_process import SecondProcess
with SecondProcess() as process:
    print(process.ask(sys.argv[2], b"pid").decode(), flush=True)
    time.sleep(60)
"""
FROZEN = """
import sys
sys.path.insert(0, sys.argv.pop(1))
sys.frozen = True
from kubectl_kcp.cli.main import main
main()
"""


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / f"{MODULE}.py").write_text(ANSWERS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.fixture
def process() -> Iterator[SecondProcess]:
    with SecondProcess() as made:
        yield made


def test_it_answers_short_and_long_ones(process: SecondProcess) -> None:
    pid = process.ask(ANSWER, b"pid")
    assert pid is not None
    assert int(pid) != os.getpid()
    for question in (b"", b"abc", os.urandom(5_000_000)):
        assert process.ask(ANSWER, question) == question[::-1]
    assert process.ask(f"{MODULE}:twice", b"ab") == b"abab"
    assert process.ask(ANSWER, b"pid") == pid


def test_threads_get_their_own_answers(process: SecondProcess) -> None:
    questions = [b"%d" % n * 50_000 for n in range(20)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(partial(process.ask, ANSWER), questions)) == [q[::-1] for q in questions]


def test_a_function_that_is_not_there_answers_nothing(process: SecondProcess) -> None:
    assert process.ask(f"{MODULE}:nothing", b"ab") is None


@pytest.mark.parametrize("how", [b"fail", b"killed"])
def test_one_that_failed_answers_nothing_and_says_nothing(process: SecondProcess, how: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    assert process.ask(ANSWER, b"ab") == b"ba"
    assert process.ask(ANSWER, how) is None
    assert process.ask(ANSWER, b"ab") is None
    assert process.ask(ANSWER, b"a" * 5_000_000) is None
    assert capfd.readouterr() == ("", "")


def test_a_module_that_is_not_there_answers_nothing() -> None:
    with SecondProcess() as process:
        assert process.ask("no_such_module:answer", b"ab") is None


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
def test_who_asks_while_it_ends_is_told_so(process: SecondProcess) -> None:
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(process.ask, ANSWER, b"wait") for _ in range(2)]
        while psutil.Process(process._process.pid).status() != psutil.STATUS_STOPPED:
            time.sleep(0.01)
        process.end()
        assert [w.result(20) for w in waiting] == [None, None]


def test_it_is_gone_when_it_is_no_longer_needed() -> None:
    with SecondProcess() as process:
        pid = int(process.ask(ANSWER, b"pid") or 0)
        assert psutil.pid_exists(pid)
    assert not psutil.pid_exists(pid)
    assert process.ask(ANSWER, b"ab") is None


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT] if os.name != "nt" else [])
def test_it_ends_with_us(module: Path, number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", OURS, str(module), ANSWER], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ours:
        assert ours.stdout is not None
        second = psutil.Process(int(ours.stdout.readline()))
        ours.send_signal(number)
        ours.wait(20)
        second.wait(20)


def test_the_folder_in_which_the_user_stands_is_no_place_to_import_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    strange = tmp_path / "strange"
    (strange / "kubectl_kcp").mkdir(parents=True)
    (strange / "kubectl_kcp" / "__init__.py").write_text("raise SystemExit('a stranger')", encoding="utf-8")
    monkeypatch.chdir(strange)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p])
    with SecondProcess() as process:
        assert process.ask(ANSWER, b"ab") == b"ba"


def test_a_program_in_one_folder_is_started_by_its_argument(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the starter of ``tools/freeze.py`` does, with an interpreter in its place."""
    command = [sys.executable, "-c", FROZEN, str(module), ARGUMENT]
    question = struct.pack(">I", len(ANSWER)) + ANSWER.encode() + b"\0\0\0\2ab"
    assert subprocess.run(command, input=question, capture_output=True, check=True).stdout == b"\0\0\0\2ba"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert second_process._command() == [sys.executable, ARGUMENT]


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="elsewhere the processors are counted")
def test_with_one_processor_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert second_process.second_process() is None
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    found = second_process.second_process()
    assert found is not None
    with found:
        assert found.ask(ANSWER, b"ab") == b"ba"
    monkeypatch.setattr(sys, "executable", str(Path("nowhere") / "python"))
    assert second_process.second_process() is None

"""Controllers on loopback: real servers with recorded pages, real processes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import ExitCode, NotFound
from kubectl_kcp.gather.top import Looks
from kubectl_kcp.machine.listeners import Listener, Listeners
from kubectl_kcp.model.metrics import PodUsage
from kubectl_kcp.sources.local.probe import served_at
from kubectl_kcp.sources.local.source import LocalSource
from tests.unit.sources.serving import Answers, serving

Recording = Callable[[str], Path]
OLD = "v1.4.2-10-clusters"


def listener(answers: Answers) -> Listener:
    return Listener("127.0.0.1", int(answers.url.rpartition(":")[2]), os.getpid(), "manager")


@pytest.fixture
def page(recording: Recording) -> bytes:
    return (recording(OLD) / "controllers/kcp/metrics-1.txt").read_bytes()


def looked(found: Listeners) -> PodUsage:
    source = LocalSource(found, 5)
    usage = Looks(source, 0.2).take()
    assert usage.failures == ()
    return source.with_system(usage.items[0])


def test_a_forwarded_controller_has_no_figures_of_the_process_that_forwards(page: bytes) -> None:
    with serving(Answers(body=page)) as answers:
        found = looked(Listeners((listener(answers),)))
    assert (found.controller.provider, found.pod.name, found.pod.leader) == ("control-plane-kubeadm", f"manager-{os.getpid()}", None)
    assert found.memory is not None
    assert (found.system_cpu, found.system_memory) == (None, None)


def test_a_controller_of_this_machine_has_the_systems_figures(page: bytes) -> None:
    started = psutil.Process().create_time()
    own = re.sub(rb"(?m)^process_start_time_seconds .*$", b"process_start_time_seconds %f" % started, page)
    with serving(Answers(body=own)) as answers:
        found = looked(Listeners((listener(answers),)))
    assert found.system_memory is not None
    assert found.system_memory > 10 << 20
    assert found.system_cpu is not None
    assert found.system_cpu >= 0


@pytest.mark.parametrize("folder", ["v1.14.2-healthy", OLD])
def test_a_profiler_port_alone_tells_its_provider(recording: Recording, folder: str) -> None:
    stacks = (recording(folder) / "controllers/kcp/goroutine.txt").read_bytes()
    with serving(Answers(body=stacks)) as answers:
        served = served_at(listener(answers))
    assert served is not None
    assert (served.provider, served.profiles, served.metrics) == ("control-plane-kubeadm", True, False)


@pytest.mark.parametrize("body", [b"<html>a web page</html>", b"go_goroutines 7\n", b"goroutine profile: total 1\n1 @ 0x1\n", b""])
def test_another_program_is_none(body: bytes) -> None:
    with serving(Answers(body=body)) as answers:
        assert served_at(listener(answers)) is None
        assert all(token is None for _, token in answers.asked)


def test_nothing_found_says_what_was_looked_at() -> None:
    with (
        serving(Answers(body=b"other")) as answers,
        pytest.raises(NotFound, match="1 listening socket on loopback asked, 2 of other users"),
    ):
        LocalSource(Listeners((listener(answers),), 2), 5)


def test_hidden_sockets_are_said(page: bytes) -> None:
    with serving(Answers(body=page)) as answers:
        usage = Looks(LocalSource(Listeners((replace(listener(answers), process="kubectl"),), 3), 5), 0.1).take()
    assert [str(f.subject) for f in usage.failures] == ["sockets"]
    assert "3 belong to other users" in usage.failures[0].reason


@pytest.mark.parametrize("args", [["--context", "x"], ["--bundle", "x"], ["--kubeconfig", "x"], ["--as", "x"]])
@pytest.mark.parametrize("command", ["top", "profile"])
def test_local_excludes_a_cluster(command: str, args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--local", *args], "kubectl kcp") == ExitCode.USAGE
    assert "--local" in capsys.readouterr().err


@pytest.mark.parametrize("args", [["--file", "x"], ["--url", "http://localhost:1"]])
def test_local_excludes_a_file_and_a_url(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", "--local", *args], "kubectl kcp") == ExitCode.USAGE
    assert "--local excludes" in capsys.readouterr().err

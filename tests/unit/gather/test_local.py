"""``--local`` on real processes of this machine that serve what was recorded of controllers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import ExitCode
from kubectl_kcp.knowledge.local import provider_of_main, provider_of_reconcilers
from kubectl_kcp.machine.processes import Listener, listeners, measure
from kubectl_kcp.model.version import Version
from kubectl_kcp.sources.local import look
from tests.schema import validate

Recording = Callable[[str], Path]
Typed = Callable[..., tuple[int, str, str]]
SERVER = Path(__file__).with_name("local_server.py")


@pytest.fixture(autouse=True)
def our_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """``--local`` asks whatever listens: tests that run beside these count what their servers are asked."""
    every = psutil.net_connections

    def ours(kind: str) -> list[Any]:
        pids = {os.getpid(), *(p.pid for p in psutil.Process().children(recursive=True))}
        return [c for c in every(kind) if c.pid in pids]

    monkeypatch.setattr(psutil, "net_connections", ours)


@pytest.fixture
def typed(capfdbinary: pytest.CaptureFixture[bytes]) -> Typed:
    def call(*words: str) -> tuple[int, str, str]:
        code = run(list(words), "kubectl kcp")
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return call


@contextmanager
def serving(folder: Path, *hidden: str) -> Iterator[tuple[int, int]]:
    """Port and process number."""
    with subprocess.Popen([sys.executable, str(SERVER), str(folder), *hidden], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline()), process.pid
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("capture", "name", "provider", "version"),
    [
        ("v1.14.2-healthy", "core", "cluster-api", "v1.14.2"),
        ("v1.14.2-healthy", "kbp", "bootstrap-kubeadm", "v1.14.2"),
        ("v1.14.2-healthy", "kcp", "control-plane-kubeadm", "v1.14.2"),
        ("v1.14.2-healthy", "infra", "infrastructure-docker", "v1.14.2"),
        ("v1.4.2-10-clusters", "kcp", "control-plane-kubeadm", "None"),
        ("v1.4.2-10-clusters", "core", "cluster-api", "None"),
    ],
)
def test_a_controller_is_told_by_its_main(recording: Recording, capture: str, name: str, provider: str, version: str) -> None:
    with serving(recording(capture) / "controllers" / name) as (port, pid):
        assert Listener(port, pid) == Listener(port, next(x.pid for x in listeners() if x.port == port))
        found = look(Listener(port, pid))
        assert found is not None
        assert (found.provider, str(found.version), found.profiles, found.metrics) == (provider, version, True, True)


def test_metrics_alone_tell_it_by_its_reconcilers(recording: Recording) -> None:
    with serving(recording("v1.14.2-healthy") / "controllers/kcp", "/debug/pprof/goroutine") as (port, pid):
        found = look(Listener(port, pid))
    assert found is not None
    assert (found.provider, found.version, found.profiles) == ("control-plane-kubeadm", None, False)


def test_other_programs_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "goroutine.txt").write_text("goroutine profile: total 1\n1 @ 0x1\n#\t0x1\tmain.main+0x1\tgithub.com/x/y/main.go:3\n")
    (tmp_path / "metrics-1.txt").write_text('controller_runtime_active_workers{controller="other"} 1\n')
    with serving(tmp_path) as (port, pid):
        found = look(Listener(port, pid))
        assert found is not None
        assert found.provider == ""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.listen(0)
        assert look(Listener(silent.getsockname()[1])) is None, "it accepts, and says nothing"


def test_profile_and_top_of_this_machine(recording: Recording, typed: Typed) -> None:
    with serving(recording("v1.14.2-healthy") / "controllers/kcp") as (port, pid):
        code, out, _ = typed("profile", "--local", "--controller", "kcp", "--seconds", "1", "-o", "json")
        assert code == ExitCode.OK
        document = json.loads(out)
        validate(document, "profile")
        (mine,) = [i for i in document["items"] if i["pod"] == f"localhost:{port}"]
        assert mine["version"] == "v1.14.2"
        assert mine["process"]["pid"] == pid
        assert not mine["process"]["forwards"]
        assert mine["process"]["cpuMillicores"] > 0, "the server computes for the whole window"
        assert mine["process"]["memoryBytes"] > 1 << 20
        code, out, _ = typed("top", "--local", "--window", "1s", "-o", "json")
        document = json.loads(out)
        validate(document, "top")
        (mine,) = [i for i in document["items"] if i["pod"] == f"localhost:{port}"]
        assert (mine["provider"], mine["process"]["pid"]) == ("control-plane-kubeadm", pid)


def test_nothing_found_says_what_to_do(typed: Typed) -> None:
    code, _, err = typed("profile", "--local", "--controller", "nobody")
    assert code == ExitCode.FAILED
    assert "no Cluster API controller called nobody among the" in err
    assert "--profiler-address=localhost:40000" in err


LEADING = (
    ("--bundle", "demo:issue-8602"),
    ("--context", "x"),
    ("--cluster", "x"),
    ("--user", "x"),
    ("--as-group", "x"),
    ("--service-account", "a/b"),
)


@pytest.mark.parametrize("words", LEADING)
@pytest.mark.parametrize("command", ["profile", "top"])
def test_local_stands_alone(typed: Typed, command: str, words: tuple[str, str]) -> None:
    code, _, err = typed(command, "--local", *words)
    assert code == ExitCode.USAGE
    assert "exclude each other" in err


def test_a_process_that_ended_has_no_figures() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        used = measure(process.pid)
        process.kill()
    assert used() is None


@pytest.mark.parametrize(
    ("file", "provider", "version"),
    [
        ("/src/cluster-api/controlplane/kubeadm/main.go", "control-plane-kubeadm", None),
        ("sigs.k8s.io/cluster-api@v1.14.2/core/main.go", "cluster-api", Version(1, 14, 2)),
        ("sigs.k8s.io/cluster-api/test@v1.14.2/infrastructure/docker/main.go", "infrastructure-docker", Version(1, 14, 2)),
        ("/src/cluster-api/test/infrastructure/docker/main.go", "infrastructure-docker", None),
        ("sigs.k8s.io/cluster-api-provider-aws/v2/main.go", None, None),
        ("/src/cluster-api-provider-vsphere/main.go", "infrastructure-vsphere", None),
        ("github.com/x/y/main.go", None, None),
    ],
)
def test_mains(file: str, provider: str | None, version: Version | None) -> None:
    assert provider_of_main(file) == (None if provider is None else (provider, version))


def test_reconcilers() -> None:
    assert provider_of_reconcilers(["clustercache", "kubeadmconfig"]) == "bootstrap-kubeadm"
    assert provider_of_reconcilers(["cluster"]) == ""

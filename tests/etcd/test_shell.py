"""etcd shell with real programs: etcd 3.4 and 3.6 with mutual TLS, and etcdctl."""

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from kubectl_kcp.cli.main import run as cli
from kubectl_kcp.errors import KcpError, NotFound, Refused
from kubectl_kcp.etcd.attempt import attempt
from kubectl_kcp.etcd.leaf import Leaf, issue
from kubectl_kcp.etcd.shell import check_names, way
from kubectl_kcp.gather.etcd_shell import look
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.etcd import Attempt, MemberStatus
from tests.etcd.management import Management, managing
from tests.etcd.servers import WAIT, Pair, etcdctl, free_port, make, programs, running

PROGRAMS, ETCDCTL = programs(), etcdctl()
real = pytest.mark.skipif(not PROGRAMS or ETCDCTL is None, reason="no etcd or no etcdctl on this machine")
SOON = ("--command-timeout=1s", "--dial-timeout=1s")
CLUSTER = Cluster("real", "w1", "uid-w1")


@dataclass
class Loopback:
    """In the place of a cluster with port-forwards: each member's Pod is a port of loopback."""

    ports: dict[str, int]
    made: Leaf

    @property
    def route(self) -> Loopback:
        return self

    @property
    def endpoints(self) -> list[str]:
        return list(self.ports)

    def leaf(self) -> Leaf:
        return self.made

    def open(self, endpoint: str) -> socket.socket:
        try:
            return socket.create_connection(("127.0.0.1", self.ports[endpoint]), WAIT)
        except OSError as e:
            raise KcpError(f"port-forward: {e.strerror}") from None

    def server_name(self, endpoint: str) -> str | None:
        return None

    def completed(self, endpoint: str, status: MemberStatus) -> MemberStatus:
        return status

    def attempt(self, endpoint: str, members: bool = True) -> Attempt:
        return attempt(endpoint, lambda: socket.create_connection(("127.0.0.1", self.ports[endpoint]), WAIT), self.made, WAIT, members)

    def any(self) -> Attempt:
        return self.attempt(self.endpoints[0])


@pytest.fixture(scope="module")
def ca() -> Pair:
    return make("etcd-ca")


@pytest.fixture
def credential(ca: Pair) -> Leaf:
    return issue(ca.certificate_pem, ca.key_pem, dt.datetime.now(dt.timezone.utc))


@pytest.fixture(scope="module", params=sorted(PROGRAMS))
def port(request: pytest.FixtureRequest, ca: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running(PROGRAMS[request.param], tmp_path_factory.mktemp("etcd") / "data", make("m0", ca), ca) as found:
        yield found


def ask(environment: object, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert ETCDCTL is not None
    return subprocess.run([ETCDCTL, *arguments], env=environment, capture_output=True, text=True, timeout=20)  # type: ignore[call-overload,no-any-return]


@real
@pytest.mark.parametrize("memory", [True, False], ids=["memory", "pipe"])
def test_etcdctl_reads_and_writes_through_it(port: int, credential: Leaf, memory: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not memory:
        monkeypatch.delattr(os, "memfd_create")
    target = look(CLUSTER, Loopback({"etcd-n0": port}, credential))
    with way(target, {**os.environ, "ETCDCTL_USER": "root:password", "ETCDCTL_API": "2"}) as opened:
        assert "ETCDCTL_USER" not in opened.environment
        for key in ("a", "b"):
            assert ask(opened.environment, "put", key, "hello").stdout == "OK\n"
            found = ask(opened.environment, "get", key)
            assert (found.stdout, found.stderr) == (f"{key}\nhello\n", "")
        assert opened.problems == []
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(opened.environment["ETCDCTL_ENDPOINTS"].rpartition(":")[2])), WAIT)


@real
def test_a_member_that_is_away_is_left_out_and_named(port: int, credential: Leaf) -> None:
    target = look(CLUSTER, Loopback({"etcd-n0": free_port(), "etcd-n1": port}, credential))
    assert [a.endpoint for a in target.members] == ["etcd-n1"]
    assert [str(f.subject) for f in target.away] == ["etcd-n0 of Cluster real/w1"]
    with way(target, os.environ) as opened:
        assert opened.environment["ETCDCTL_ENDPOINTS"].count(",") == 0
        assert ask(opened.environment, "endpoint", "health").returncode == 0


@real
@pytest.mark.parametrize("name", ["etcd-n1", "n1", "m0"])
def test_one_member_by_its_names(port: int, credential: Leaf, name: str) -> None:
    found = look(CLUSTER, Loopback({"etcd-n1": port}, credential), name)
    assert [a.endpoint for a in found.members] == ["etcd-n1"]
    with pytest.raises(NotFound, match="no such member"):
        look(CLUSTER, Loopback({"etcd-n1": port}, credential), "n2")


@real
def test_a_certificate_without_a_name_of_loopback_is_refused_unless_said(ca: Pair, credential: Leaf, tmp_path: Path) -> None:
    with running(PROGRAMS[max(PROGRAMS)], tmp_path / "etcd", make("m0", ca, names=("w1-cp-0",)), ca) as port:
        target = look(CLUSTER, Loopback({"etcd-n0": port}, credential))
        with pytest.raises(Refused, match="names w1-cp-0, so no client believes it"):
            check_names(target, skip_verify=False)
        check_names(target, skip_verify=True)
        with way(target, os.environ) as strict:
            assert (
                "validate certificate for 127.0.0.1" in ask(strict.environment, *SOON, "get", "a").stderr
            )  # etcdctl itself does not believe it
        with way(target, os.environ, skip_verify=True) as opened:
            assert ask(opened.environment, "endpoint", "health").returncode == 0


@real
def test_localhost_serves_where_the_address_is_not_named(ca: Pair, credential: Leaf, tmp_path: Path) -> None:
    with running(PROGRAMS[max(PROGRAMS)], tmp_path / "etcd", make("m0", ca, names=("localhost",)), ca) as port:
        target = look(CLUSTER, Loopback({"etcd-n0": port}, credential))
        check_names(target, skip_verify=False)
        with way(target, os.environ) as opened:
            assert opened.environment["ETCDCTL_ENDPOINTS"].startswith("https://localhost:")
            assert ask(opened.environment, "endpoint", "health").returncode == 0


@real
def test_a_stranger_at_the_port_has_no_certificate(port: int, ca: Pair, credential: Leaf) -> None:
    target = look(CLUSTER, Loopback({"etcd-n0": port}, credential))
    with way(target, os.environ) as opened:
        environment = {k: v for k, v in opened.environment.items() if k not in ("ETCDCTL_CERT", "ETCDCTL_KEY")}
        assert ask(environment, *SOON, "get", "a").returncode != 0


@real
def test_a_way_that_breaks_says_why(port: int, credential: Leaf) -> None:
    etcd = Loopback({"etcd-n0": port}, credential)
    with way(look(CLUSTER, etcd), os.environ) as opened:
        etcd.ports["etcd-n0"] = free_port()
        assert ask(opened.environment, *SOON, "get", "a").returncode != 0
        assert opened.problems == ["etcd-n0: port-forward: Connection refused"]


def test_no_member_answers(credential: Leaf) -> None:
    with pytest.raises(KcpError, match=r"no member of real/w1's etcd can be reached: etcd-n0 of Cluster real/w1: dial: "):
        look(CLUSTER, Loopback({"etcd-n0": free_port()}, credential))
    with pytest.raises(NotFound, match="not KCP's"):
        look(CLUSTER, Loopback({}, credential))


# -- the command, with a management cluster and external etcd


@pytest.fixture
def management(port: int, ca: Pair) -> Iterator[Management]:
    client = make("kube-apiserver-etcd-client", ca)
    secrets = {
        "x1-etcd": {"tls.crt": ca.certificate_pem},
        "x1-apiserver-etcd-client": {"tls.crt": client.certificate_pem, "tls.key": client.key_pem},
    }
    with managing(Management([f"https://127.0.0.1:{port}"], secrets)) as found:
        yield found


Shell = Callable[..., int]


@pytest.fixture
def shell(management: Management, tmp_path: Path) -> Shell:
    config = str(management.kubeconfig(tmp_path))
    return lambda *words: cli(["etcd", "shell", "x1", "--kubeconfig", config, *words], "kubectl kcp")


@real
def test_the_command_writes_its_event_and_then_runs(shell: Shell, management: Management, capfd: pytest.CaptureFixture[str]) -> None:
    assert shell("--reason", "ticket 4711", "--", str(ETCDCTL), "put", "key", "s3cret") == 0
    out, err = capfd.readouterr()
    assert out == "OK\n"
    assert err.startswith("etcd of real/x1 (https://127.0.0.1:")
    (event,) = management.events
    assert (event["reason"], event["involvedObject"]["uid"]) == ("EtcdShell", "uid-x1")
    assert event["message"].startswith("jane opens etcd of real/x1 (https://127.0.0.1:")
    assert event["message"].endswith(": ticket 4711. Command: etcdctl put key …")


@real
def test_without_its_event_nothing_is_started(
    shell: Shell, management: Management, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    management.refuses_events = True
    assert shell("--", "touch", str(tmp_path / "started")) == 3
    assert not (tmp_path / "started").exists()
    err = capfd.readouterr().err
    assert "error: nothing was started: no Event may be written on Cluster real/x1" in err
    assert "access check --kubeconfig" in err
    assert "prints the line that grants it" in err


@real
def test_the_exit_code_is_the_commands(shell: Shell) -> None:
    assert shell("-q", "--", "sh", "-c", "exit 7") == 7
    assert shell("-q", "--", "sh", "-c", "kill -TERM $$") == 128 + signal.SIGTERM


@real
def test_what_the_command_leaves_running_is_told(shell: Shell, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    starts = "import subprocess, sys; print(subprocess.Popen(['sleep', '61'], stdout=-3, stderr=-3).pid, file=open(sys.argv[1], 'w'))"
    assert shell("-q", "--", sys.executable, "-c", starts, str(pid)) == 0  # Popen returns when the new program runs: sh may be earlier
    left = int(pid.read_text())
    try:
        told = f"warning: still running, with what it has read of the credential: {left} sleep 61\n"
        assert told in capfd.readouterr().err
    finally:
        os.kill(left, signal.SIGKILL)


@real
def test_a_program_that_is_not_there_leaves_no_event(shell: Shell, management: Management, capfd: pytest.CaptureFixture[str]) -> None:
    assert shell("--", "etcdctl-that-is-not-there") == 4
    assert "there is no such program on this machine's PATH" in capfd.readouterr().err
    assert management.events == []


@real
def test_without_a_command_it_is_the_users_shell(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = tmp_path / "mysh"
    mine.write_text(f"#!/bin/sh\ncat $ETCDCTL_CERT > {tmp_path}/seen\nexit 9\n")
    mine.chmod(0o700)
    monkeypatch.setenv("SHELL", str(mine))
    assert shell() == 9
    assert "BEGIN CERTIFICATE" in (tmp_path / "seen").read_text()


@real
def test_a_recording_has_no_etcd(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli(["etcd", "shell", "w1", "--bundle", "demo:stale-credential", "--", "true"], "kubectl kcp") == 2
    assert "a bundle holds no etcd" in capfd.readouterr().err


@real
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's word to the command is Linux's")
def test_killed_it_leaves_nothing(management: Management, tmp_path: Path) -> None:
    config, seen = management.kubeconfig(tmp_path), tmp_path / "seen"
    script = f'echo "$$ $ETCDCTL_KEY" > {seen}.part && mv {seen}.part {seen}; exec sleep 60'
    words = ["etcd", "shell", "x1", "--kubeconfig", str(config), "-q", "--", "sh", "-c", script]
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    ours = subprocess.Popen([sys.executable, "-m", "kubectl_kcp", *words], env={**os.environ, "TMPDIR": str(temporary)})
    _until(seen.exists)
    child, path = seen.read_text().split()
    key = Path(path).read_bytes()
    assert b"PRIVATE KEY" in key
    ours.kill()
    ours.wait()
    _until(lambda: not _alive(int(child)))
    assert not Path(path).exists()
    assert list(temporary.iterdir()) == []
    assert not [f for f in tmp_path.rglob("*") if f.is_file() and key.splitlines()[1] in f.read_bytes()]


def _alive(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _until(met: Callable[[], object]) -> None:
    for _ in range(400):
        if met():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to that")

"""``etcd shell``: what it lends to a command dies with it, and leaves nothing behind on any disk."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tests.e2e.target import Target
from tests.e2e.tool import Tool
from tests.lab.cluster import until

ASK = """
import os, ssl, urllib.request
context = ssl.create_default_context(cafile=os.environ["ETCDCTL_CACERT"])
context.load_cert_chain(os.environ["ETCDCTL_CERT"], os.environ["ETCDCTL_KEY"])
print(urllib.request.urlopen(os.environ["ETCDCTL_ENDPOINTS"] + "/version", context=context).read().decode())
"""
WAIT = "import os, time; open('started', 'w').write(f'{os.getpid()} {os.environ[\"ETCDCTL_KEY\"]}'); time.sleep(600)"
SHELL = ("etcd", "shell", "w1", "-n", "real", "--reason", "e2e", "--")


def files(*folders: Path) -> set[Path]:
    return {p for folder in folders for p in folder.rglob("*") if p.is_file() and p.name != "started"}


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_command_reaches_etcd_and_an_event_says_so(target: Target, tool: Tool) -> None:
    before = files(tool.home, Path("/dev/shm"))
    ran = tool.run(*SHELL, sys.executable, "-c", ASK).ok()
    assert "etcdserver" in ran.out
    assert files(tool.home, Path("/dev/shm")) == before
    told = [e for e in target.client.items("/api/v1/namespaces/real/events") if e["reason"] == "EtcdShell"]
    assert any("e2e" in e["message"] for e in told)


@pytest.mark.parametrize("victim", ["command", "ours"])
def test_nothing_is_left_after_sigkill(target: Target, tool: Tool, victim: str) -> None:
    target.workload.wait_healthy()
    before, started = files(tool.home, Path("/dev/shm")), tool.home / "started"
    with tool.started(*SHELL, sys.executable, "-c", WAIT) as run:
        pid, key = until("the command to run", lambda: started.exists() and started.read_text()).split(" ", 1)
        started.unlink()
        if victim == "command":
            os.kill(int(pid), signal.SIGKILL)
        else:
            run.signal(signal.SIGKILL)
            run.process.wait()
            assert not Path(key).exists()  # while the command still runs
            os.kill(int(pid), signal.SIGKILL)
        run.end().exits(128 + signal.SIGKILL if victim == "command" else -signal.SIGKILL)
    until("the command to end", lambda: not alive(int(pid)))
    assert not Path(key).exists()
    assert files(tool.home, Path("/dev/shm")) == before

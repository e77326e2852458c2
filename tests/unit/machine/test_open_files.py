"""The limit of open files, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import resource
from kubectl_kcp.machine.open_files import allow_many
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard} or hard))
allow_many()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
@pytest.mark.parametrize(("soft", "hard", "then"), [(256, 300, "300 300"), (300, 300, "300 300")])
def test_up_to_what_the_system_lets(soft: int, hard: int, then: str) -> None:
    done = subprocess.run([sys.executable, "-c", CODE.format(soft=soft, hard=hard)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == then


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
def test_no_more_than_enough() -> None:
    done = subprocess.run([sys.executable, "-c", CODE.format(soft=64, hard=0)], capture_output=True, text=True, check=True)
    soft, hard = map(int, done.stdout.split())
    assert soft == min(4096, hard) or hard == -1

"""Standard output that is full, closed, of another encoding, or read by somebody who goes away."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kubectl_kcp.cli.main import encoding, reader_gone

PROGRAM = f"{sys.executable} -m kubectl_kcp"
DEMO = "--bundle demo:stale-credential"
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


def shell(line: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["sh", "-c", line], capture_output=True, env={**os.environ, **environment}, check=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_no_defect() -> None:
    done = shell(f"{PROGRAM} top {DEMO} > /dev/full")
    assert (done.returncode, done.stderr) == (4, b"error: the result cannot be written: No space left on device\n")


@POSIX
@pytest.mark.parametrize("words", [f"certs status {DEMO} -o json", f"cache {DEMO}", f"profile {DEMO} -o html"])
def test_a_reader_that_goes_away_is_no_error(words: str) -> None:
    done = shell(f"{{ {PROGRAM} {words}; echo $? >&2; }} | head -c 1 > /dev/null")
    assert done.stderr == b"0\n"


@POSIX
def test_a_closed_standard_output() -> None:
    done = shell(f"{PROGRAM} certs status {DEMO} --fail-on stale >&-")
    assert (done.returncode, done.stderr) == (1, b"")


@POSIX
def test_another_encoding_shows_what_it_can() -> None:
    code = "from kubectl_kcp.cli.main import main; import kubectl_kcp.cli.version as v; v.__version__ = '\u2026'; main(['version'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env={**os.environ, "PYTHONIOENCODING": "latin-1"}, check=False)
    assert (done.returncode, done.stdout) == (0, b"kubectl-kcp \\u2026\n")


def test_what_windows_calls_a_reader_that_went_away_and_a_file_s_encoding() -> None:
    invalid = OSError(errno.EINVAL, "Invalid argument")
    assert reader_gone(BrokenPipeError(), "posix")
    assert reader_gone(invalid, "nt")
    assert not reader_gone(invalid, "posix")
    assert not reader_gone(OSError(errno.EINVAL, "Invalid argument", "C:\\a?b"), "nt")
    assert not reader_gone(OSError(errno.ENOSPC, "No space left on device"), "nt")
    assert [encoding("nt", False), encoding("nt", True), encoding("posix", False)] == ["utf-8", None, None]

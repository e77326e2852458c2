"""Files that are on no disk, read by ourselves and by other programs, both ways of having them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from kubectl_kcp.machine.memory_file import memory_file, shared_memory_file

CONTENT = b"-----BEGIN SOMETHING-----\n" + b"x" * 4000


@pytest.fixture(params=["memory", "pipe"])
def temporary(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, with and without a system that has files in memory."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    if request.param == "pipe":
        monkeypatch.delattr(os, "memfd_create")
    elif not hasattr(os, "memfd_create"):
        pytest.skip("no files in memory here")
    return tmp_path


def test_other_programs_read_it_again_and_again(temporary: Path) -> None:
    with shared_memory_file(CONTENT) as path:
        for _ in range(20):
            assert subprocess.run(["cat", path], capture_output=True, check=True).stdout == CONTENT
            assert Path(path).read_bytes() == CONTENT
        assert not any(f.is_file() for f in temporary.rglob("*"))
    assert not Path(path).exists()
    assert list(temporary.iterdir()) == []


def test_one_that_nobody_reads_is_gone_at_the_end(temporary: Path) -> None:
    with shared_memory_file(CONTENT):
        pass
    assert list(temporary.iterdir()) == []


def test_a_reader_that_goes_early_does_not_end_it(temporary: Path) -> None:
    with shared_memory_file(CONTENT) as path:
        with Path(path).open("rb") as early:
            early.read(1)
        assert Path(path).read_bytes() == CONTENT


def test_nobody_else_may_read_it(temporary: Path) -> None:
    with shared_memory_file(CONTENT) as path:
        for part in (Path(path), Path(path).parent):
            if temporary in part.parents:
                assert part.stat().st_mode & 0o077 == 0


def test_one_for_ourselves(temporary: Path) -> None:
    with memory_file(CONTENT) as path:
        assert Path(path).read_bytes() == CONTENT
    assert not Path(path).exists()
    assert list(temporary.iterdir()) == []

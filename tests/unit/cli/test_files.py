"""Files that commands write."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.cli.files import write_file
from kubectl_kcp.errors import Refused
from kubectl_kcp.machine.whole_file import whole_file


def test_a_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    write_file(str(tmp_path / "out"), b"data")
    assert (tmp_path / "out").read_bytes() == b"data"
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600


def test_nothing_is_written_over_unasked(tmp_path: Path) -> None:
    out, link = tmp_path / "out", tmp_path / "link"
    out.write_bytes(b"old")
    link.symlink_to(tmp_path / "nowhere")
    for path in (out, link):
        with pytest.raises(Refused, match="exists") as caught:
            write_file(str(path), b"new")
        assert "--force" in caught.value.hint.text("kubectl kcp")
    assert out.read_bytes() == b"old"
    write_file(str(out), b"new", overwrite=True)
    assert out.read_bytes() == b"new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "out"], "nothing is left behind"


@pytest.fixture(params=["as the system has them", "with names"])
def unnamed_files(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files without a name, and a system that knows none."""
    if request.param == "with names":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)


@pytest.mark.usefixtures("unnamed_files")
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_is_whole_or_not_there(tmp_path: Path, overwrite: bool) -> None:
    out = tmp_path / "out"
    with pytest.raises(TypeError), whole_file(str(out), overwrite) as f:
        f.writelines((b"half", None))  # type: ignore[list-item]
    assert list(tmp_path.iterdir()) == []
    with whole_file(str(out), overwrite) as f:
        f.write(b"whole")
        assert not out.exists()
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"whole"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="files without a name are Linux's")
def test_a_killed_process_leaves_nothing(tmp_path: Path) -> None:
    script = (
        "import os, signal\n"
        "from kubectl_kcp.machine.whole_file import whole_file\n"
        f"with whole_file({str(tmp_path / 'out')!r}) as f:\n"
        "    f.write(b'half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("unnamed_files")
def test_a_name_taken_meanwhile_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    link = os.link

    def slow_link(source: str, target: Path, **options: Any) -> None:
        Path(target).write_bytes(b"theirs")
        link(source, target, **options)

    monkeypatch.setattr(os, "link", slow_link)
    with pytest.raises(Refused, match="exists"):
        write_file(str(out), b"ours")
    assert out.read_bytes() == b"theirs"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be written: there is no folder"):
        write_file(str(tmp_path / "no" / "out"), b"data")

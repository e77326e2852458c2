"""Files that commands write."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from kubectl_kcp.cli.files import write_file
from kubectl_kcp.errors import Refused


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
        assert "--force" in caught.value.hint
    assert out.read_bytes() == b"old"
    write_file(str(out), b"new", overwrite=True)
    assert out.read_bytes() == b"new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "out"], "nothing is left behind"


def test_a_name_taken_meanwhile_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    link = os.link

    def slow_link(source: str, target: Path) -> None:
        target.write_bytes(b"theirs")
        link(source, target)

    monkeypatch.setattr(os, "link", slow_link)
    with pytest.raises(Refused, match="exists"):
        write_file(str(out), b"ours")
    assert out.read_bytes() == b"theirs"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be written: No such file"):
        write_file(str(tmp_path / "no" / "out"), b"data")

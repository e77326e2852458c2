"""Files for one user alone; whatever is wrong with one, it is not there, and nothing fails."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_kcp.machine import user_cache

POSIX = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows guards a user's folder by other means")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "kubectl-kcp" / "below"


def loaded(name: str = "one") -> list[bytes]:
    return list(user_cache.load("below", name))


def test_what_is_stored_is_there_until_it_is_removed(folder: Path) -> None:
    assert loaded() == []
    user_cache.store("below", "one", [b"first"])
    user_cache.store("below", "one", [b"second", b"x" * 70_000])
    assert loaded() == [b"second", b"x" * 70_000]
    user_cache.remove("below", "one")
    assert loaded() == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"\0", b"\0\0\0\4sum more", b"\0\0\0\7sumsshort", b"\xff\xff\xff\xffsumsmuch"])
def test_what_is_damaged_ends_there(folder: Path, damage: bytes) -> None:
    user_cache.store("below", "one", [b"first"])
    with (folder / "one").open("ab") as file:
        file.write(damage)
    assert loaded() == [b"first"]


@POSIX
def test_nobody_else_may_read_it(folder: Path) -> None:
    user_cache.store("below", "one", [b"x"])
    assert stat.S_IMODE((folder / "one").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def opened(folder: Path) -> None:
    (folder / "one").chmod(0o644)


def opened_folder(folder: Path) -> None:
    folder.chmod(0o755)


def linked(folder: Path) -> None:
    (folder / "one").rename(folder / "other")
    (folder / "one").symlink_to(folder / "other")


def linked_folder(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))


def a_folder(folder: Path) -> None:
    (folder / "one").unlink()
    (folder / "one").mkdir(mode=0o700)


@POSIX
@pytest.mark.parametrize("change", [opened, opened_folder, linked, linked_folder, a_folder])
def test_what_may_be_anothers_is_not_read(folder: Path, change: Callable[[Path], None]) -> None:
    user_cache.store("below", "one", [b"x"])
    change(folder)
    assert loaded() == []


@POSIX
def test_another_users_file_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user_cache.store("below", "one", [b"x"])
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert loaded() == []
    user_cache.store("below", "one", [b"y"])
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder.parent.parent))
    assert loaded() == [b"x"]


def test_where_nothing_can_be_written_nothing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    user_cache.store("below", "one", [b"x"])
    user_cache.remove("below", "one")
    assert loaded() == []


def test_what_nobody_wrote_for_a_month_goes(folder: Path) -> None:
    user_cache.store("below", "old", [b"x"])
    user_cache.store("below", "young", [b"x"])
    then = time.time() - user_cache.KEPT_FOR - 60
    os.utime(folder / "old", (then, then))
    user_cache.store("below", "one", [b"x"])
    assert {p.name for p in folder.iterdir()} == {"young", "one"}


def test_where_the_cache_lies() -> None:
    local = r"C:\Users\a\AppData\Local"
    assert user_cache.place({"LOCALAPPDATA": local}, "nt") == local
    assert user_cache.place({"LOCALAPPDATA": local, "XDG_CACHE_HOME": r"D:\cache"}, "nt") == r"D:\cache"
    assert user_cache.place({"LOCALAPPDATA": local}, "posix") == ""  # ~/.cache
    assert user_cache.place({}, "nt") == ""

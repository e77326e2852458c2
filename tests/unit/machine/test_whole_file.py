"""A file that cannot be written, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_kcp.errors import Refused
from kubectl_kcp.machine.whole_file import whole_file


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_that_is_missing_is_named(tmp_path: Path, overwrite: bool) -> None:
    with pytest.raises(Refused, match=f"there is no folder {tmp_path / 'none'}$"), whole_file(str(tmp_path / "none" / "x"), overwrite):
        pass


def test_a_folder_is_not_offered_to_be_written_over(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"is a folder$") as caught, whole_file(str(tmp_path)):
        pass
    assert not caught.value.hint


def test_a_file_is_there_already(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(Refused, match=r"exists$") as caught, whole_file(str(tmp_path / "x")):
        pass
    assert "--force" in caught.value.hint.text("kubectl kcp")
    assert (tmp_path / "x").read_bytes() == b"old"

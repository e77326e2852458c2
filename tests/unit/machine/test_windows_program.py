"""Programs by name as Windows finds them: the files are real, their names and PATH are Windows'."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_kcp.machine.windows_program import windows_program


@pytest.mark.parametrize(
    ("there", "command", "endings", "found"),
    [
        (["two/az.cmd"], "az", None, "two/az.cmd"),  # CreateProcess looks for az.exe alone
        (["one/az.cmd", "two/az.exe"], "az", None, "one/az.cmd"),  # the folder that is first on PATH
        (["one/az.exe", "one/az.cmd"], "az", ".CMD;.EXE", "one/az.cmd"),  # the ending that is first in PATHEXT
        (["one/aws-iam-authenticator.exe"], "aws-iam-authenticator.exe", None, "one/aws-iam-authenticator.exe"),
        (["one/login.v2.exe"], "login.v2", None, "one/login.v2.exe"),
        (["one/az"], "az", None, None),  # a script for Git's shell: Windows runs no such file
        (["az.exe"], "az", None, None),  # not in the current folder
        (["here/login.cmd"], "{folder}/here/login", None, "here/login.cmd"),
        (["here/login.cmd"], "{folder}/here/login.cmd", None, "here/login.cmd"),
    ],
)
def test_a_program_is_found_as_kubectl_finds_it(
    there: list[str], command: str, endings: str | None, found: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in there:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    environment = {"PATH": f'"{tmp_path / "one"}";;{tmp_path / "two"}'} | ({"PATHEXT": endings} if endings else {})
    program = windows_program(command.format(folder=tmp_path), environment)
    assert program == (str(tmp_path / found) if found else None)

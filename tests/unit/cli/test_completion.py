"""Completion: the scripts, and the words that kubectl asks for."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from kubectl_kcp.cli.main import run


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "kubectl"])
def test_scripts(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    assert run(["completion", shell], "kubectl kcp") == 0
    text = capsys.readouterr().out
    assert "kubectl-kcp" in text
    program = "sh" if shell == "kubectl" else shell
    if shutil.which(program):
        subprocess.run([program, "-n"], input=text, text=True, check=True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["ce"], "certs"), (["certs", "st"], "status"), (["certs", "status", "--fail"], "--fail-on"), (["top", "-o", "j"], "json")],
)
def test_words(capsys: pytest.CaptureFixture[str], words: list[str], expected: str) -> None:
    assert run(["completion", "words", "--", *words], "kubectl kcp") == 0
    *found, directive = capsys.readouterr().out.splitlines()
    assert expected in [line.partition("\t")[0] for line in found]
    assert directive == ":4"

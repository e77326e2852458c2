"""Completion: the scripts, and the words that kubectl asks for."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from kubectl_kcp.cli.completion import script
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


@pytest.mark.parametrize("option", ["--context", "--contexts"])
def test_names_of_contexts(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    config = tmp_path / "config"
    config.write_text('contexts: [{name: prod-2}, {name: stage}, {name: prod-1}, {name: "prod\\e]0;title\\a\\nx"}]')
    monkeypatch.setenv("KUBECONFIG", str(config))
    assert run(["completion", "words", "--", "certs", "status", option, "pro"], "kubectl kcp") == 0
    assert capsys.readouterr().out.split() == ["prod-1", "prod-2", ":4"]
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "nothing"))
    assert run(["completion", "words", "--", "certs", "status", option, "pro"], "kubectl kcp") == 0
    assert capsys.readouterr().out.split() == [":4"]


def test_kubectl_s_script_is_one_that_the_system_runs() -> None:
    assert script("capi_kcp", "posix").startswith("#!/usr/bin/env sh\n")
    assert script("capi_kcp", "nt").splitlines()[1] == "@kubectl-capi_kcp completion words -- %* 2> nul < nul"
    assert "kubectl_complete-capi_kcp.cmd" in script("capi_kcp", "nt")

"""Where to begin, and what was meant."""

from __future__ import annotations

import pytest

from kubectl_kcp.cli.begin import BEGIN, QUESTIONS
from kubectl_kcp.cli.main import run


def test_the_name_alone_says_where_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([], "kubectl capi-kcp") == 0
    shown = capsys.readouterr().out
    for words, _ in (*BEGIN, *QUESTIONS):
        assert f"  kubectl capi-kcp {words}  " in shown


@pytest.mark.parametrize("words", [words for words, _ in (*BEGIN, *QUESTIONS)])
def test_each_of_its_commands_is_one(capsys: pytest.CaptureFixture[str], words: str) -> None:
    assert run([*words.split(), "--help"], "kubectl kcp") == 0
    command = " ".join(w for w in words.split() if w.islower())
    assert capsys.readouterr().out.startswith(f"Usage: kubectl kcp {command} ")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["cert"], "Did you mean certs or"),
        (["certs", "stat"], "Did you mean status"),
        (["top", "--wacth"], "--watch"),
        (["zzz"], "No such command 'zzz'.\n"),
    ],
)
def test_what_was_meant(capsys: pytest.CaptureFixture[str], words: list[str], meant: str) -> None:
    assert run(words, "kubectl kcp") == 2
    assert meant in capsys.readouterr().err


def test_a_group_without_a_command_shows_its_help_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    run(["certs"], "kubectl kcp")
    captured = capsys.readouterr()
    assert "\n  regenerate   " in captured.out + captured.err

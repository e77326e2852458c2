"""A command's JSON and its text tell the same findings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_kcp.cli.main import run
from tests.told import same_findings

Recording = Callable[[str], Path]
RECORDINGS = ("v1.14.2-stale-credential", "v1.14.2-ca-changed-not-noticed", "v1.14.2-healthy", "v1.4.2-10-clusters", "v1.5.8-10-clusters")
COMMANDS = ("certs status -A", "certs credentials -A", "certs inspect", "cache -A", "top", "profile", "doctor -A")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", RECORDINGS)
def test_the_same_in_json_as_in_text(recording: Recording, capsys: pytest.CaptureFixture[str], name: str, command: str) -> None:
    words = [
        *command.split(),
        *(["w1" if "v1.14" in name else "c000"] if command == "certs inspect" else []),
        "--bundle",
        str(recording(name)),
    ]
    run(words, "kubectl kcp")
    text = capsys.readouterr().out
    run([*words, "-o", "json"], "kubectl kcp")
    codes = same_findings(capsys.readouterr().out, text)
    if name == "v1.14.2-stale-credential" and command not in ("top", "profile"):
        assert codes[0] == "etcd-credential-stale"

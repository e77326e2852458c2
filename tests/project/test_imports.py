"""What a command imports: heavy packages only where they are needed, none for the help."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HEAVY = frozenset(
    {
        "cryptography",
        "google",
        "jinja2",
        "kubernetes",
        "prometheus_client",
        "psutil",
        "rich",
        "urllib3",
        "websocket",
        "yaml",
    }
)
STATEMENT = (
    "import sys; from kubectl_kcp.cli.main import run; code = run(sys.argv[1:], 'kubectl kcp');"
    "print(int(code), *sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr)"
)


def imported(*arguments: str) -> set[str]:
    """The heavy packages among the modules of a process that ran the command."""
    done = subprocess.run([sys.executable, "-c", STATEMENT, *arguments], capture_output=True, text=True, timeout=60)
    code, *modules = done.stderr.splitlines()[-1].split()
    assert code == "0", done.stderr
    return set(modules) & HEAVY


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--help"], set()),
        (["version"], set()),
        (["profile", "--help"], set()),
        (["certs", "--help"], set()),
        (["profile", "--bundle", "demo:issue-8602"], {"google"}),
        (["top", "--bundle", "demo:issue-8602"], {"google", "prometheus_client"}),
        (["cache", "--bundle", "demo:stale-credential"], {"cryptography", "google", "prometheus_client", "yaml"}),
        (["certs", "status", "--bundle", "demo:stale-credential"], {"cryptography", "yaml"}),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_what_a_command_imports(arguments: list[str], allowed: set[str]) -> None:
    assert imported(*arguments) <= allowed


def test_the_lists_would_notice() -> None:
    """A command that needs a heavy package is seen to import it."""
    assert "cryptography" in imported("certs", "status", "--bundle", "demo:stale-credential")


def test_a_profile_from_a_file_needs_protobuf_alone(recording: Callable[[str], Path]) -> None:
    profile = next((recording("v1.4.2-10-clusters") / "controllers").glob("*/cpu.pb.gz"))
    assert imported("profile", "--file", str(profile)) <= {"google"}

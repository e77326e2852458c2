"""The manual page kubectl-kcp(1), made of the commands themselves.

python tools/make_man.py [--to FILE]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
from release import PROGRAM, plugin  # noqa: E402 - beside this file

from kubectl_kcp.cli.main import LazyGroup, root  # noqa: E402 - of this clone
from kubectl_kcp.errors import ExitCode  # noqa: E402 - of this clone

NAME = "kubectl kcp"
EXITS = {
    ExitCode.OK: "fine",
    ExitCode.FINDINGS: "findings, where they were asked for",
    ExitCode.USAGE: "a mistake in the command line",
    ExitCode.INCOMPLETE: "something could not be read",
    ExitCode.FAILED: "failed or refused",
    ExitCode.TIMEOUT: "a time was up",
    ExitCode.INTERRUPTED: "interrupted",
}


def page() -> str:
    """roff with the macros of man(7)."""
    known = plugin()
    about = "diagnoses the control plane of a Cluster API management cluster"
    parts = [
        f'.TH "{PROGRAM.upper()}" 1 "" "{known["version"]}" "{NAME}"',
        f".SH NAME\n{_text(PROGRAM)} \\- {about}",
        f".SH SYNOPSIS\n.B {NAME}\n.I COMMAND\n[\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...",
        f".SH DESCRIPTION\n{_text(known['description'])}",
        ".SH COMMANDS",
        *(_command(path, command) for path, command in commands(root)),
        ".SH EXIT STATUS",
        *(f".TP\n.B {int(code)}\n{_text(text)}" for code, text in EXITS.items()),
        f".SH SEE ALSO\n.UR {known['homepage']}\n.UE",
    ]
    return "\n".join(parts) + "\n"


def commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Each command that does something, by its words."""
    if not isinstance(group, LazyGroup):
        if not group.hidden:
            yield path, group
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield from commands(command, (*path, name))


def _command(path: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(command, info_name=" ".join((NAME, *path)))
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f".SS {_text(' '.join(path))} {_text(usage)}", *(_text(p) for p in _paragraphs(command.help or ""))]
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record is not None:
            lines.append(f".TP\n.B {_text(record[0])}\n{_text(record[1])}")
    return "\n".join(lines)


def _paragraphs(text: str) -> Iterator[str]:
    for n, part in enumerate(text.split("\n\n")):
        yield ("\n.PP\n" if n else "") + " ".join(part.split())


def _text(text: str) -> str:
    """No word of it is taken for roff."""
    safe = text.replace("\\", "\\e").replace("-", "\\-").strip(" ")
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) and not line.startswith(".PP") else line for line in safe.split("\n"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=ROOT / "dist/kubectl-kcp.1")
    given = parser.parse_args()
    given.to.parent.mkdir(parents=True, exist_ok=True)
    given.to.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()

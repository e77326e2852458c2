"""``completion``: scripts for shells, and for kubectl, which asks a plugin's ``kubectl_complete-NAME`` for words."""

from __future__ import annotations

import os

import click

from kubectl_kcp.cli.main import COMPLETE_VARIABLE, root
from kubectl_kcp.cli.terminal import program

KUBECTL = """#!/usr/bin/env sh
# Save as kubectl_complete-{plugin} on your PATH, executable: kubectl 1.26 and later asks it.
exec kubectl-{plugin} completion words -- "$@" 2> /dev/null < /dev/null
"""
WINDOWS = """@rem Save as kubectl_complete-{plugin}.cmd on your PATH: kubectl 1.26 and later asks it.
@kubectl-{plugin} completion words -- %* 2> nul < nul
"""
NO_FILES, FILES = ":4", ":0"
"""cobra's directives: the shell offers no file names, or nothing but them."""


@click.group()
def completion() -> None:
    """Completion of commands and options, for bash, zsh, fish and kubectl itself."""


def _script(shell: str) -> str:
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    return found(root, {}, "kubectl-kcp", COMPLETE_VARIABLE).source()


@completion.command()
def bash() -> None:
    """Print the script for bash (4.4 or newer): source it in ~/.bashrc."""
    from click.shell_completion import BashComplete

    # BashComplete.source() would run bash to learn its version.
    template = BashComplete(root, {}, "kubectl-kcp", COMPLETE_VARIABLE)
    click.echo(template.source_template % template.source_vars())


@completion.command()
def zsh() -> None:
    """Print the script for zsh: source it in ~/.zshrc."""
    click.echo(_script("zsh"))


@completion.command()
def fish() -> None:
    """Print the script for fish: save it in ~/.config/fish/completions/kubectl-kcp.fish."""
    click.echo(_script("fish"))


@completion.command()
def kubectl() -> None:
    """Print what to save as kubectl_complete-kcp, so that kubectl completes "kubectl kcp ..."."""
    plugin = program().partition(" ")[2].replace("-", "_").replace(" ", "-")
    click.echo(script(plugin, os.name), nl=False)


def script(plugin: str, system: str) -> str:
    """``system`` is ``os.name``."""
    return (WINDOWS if system == "nt" else KUBECTL).format(plugin=plugin)


@completion.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def words(words: tuple[str, ...]) -> None:
    """Print what may stand in the place of the last of WORDS, one a line, as kubectl wants it."""
    from click.shell_completion import ShellComplete

    done, last = list(words[:-1]), words[-1] if words else ""
    found = ShellComplete(root, {}, "kubectl-kcp", COMPLETE_VARIABLE).get_completions(done, last)
    files = any(item.type in ("file", "dir") for item in found)
    for item in found:
        if item.type == "plain":
            click.echo(f"{item.value}\t{item.help}" if item.help else item.value)
    click.echo(FILES if files else NO_FILES)

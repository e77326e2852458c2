"""``bundle``: a recording of the management cluster in one file, and what can be done with such files."""

from __future__ import annotations

from typing import Any

import click

from kubectl_kcp.cli.main import LazyGroup

COMMANDS = {
    "inspect": ("kubectl_kcp.cli.bundle.inspect:inspect", "When, by whom and of what a bundle was made, and what could not be read"),
    "diff": ("kubectl_kcp.cli.bundle.diff:diff", "Findings, versions and certificates' ends that differ between two bundles"),
    "redact": ("kubectl_kcp.cli.bundle.redact:redact", "The same bundle with stand-ins for names, to be shown to others"),
}


class Recording(LazyGroup):
    """``bundle FILE`` records. Where the first word is the name of a command, that one runs: a file of such a name is ``./NAME``."""

    @property
    def recorder(self) -> click.Command:
        from kubectl_kcp.cli.bundle.record import record

        return record

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any) -> click.Context:
        if args and args[0] in self.lazy:
            return super().make_context(info_name, args, parent, **extra)
        return self.recorder.make_context(info_name, args, parent, **extra)


@click.group("bundle", cls=Recording, lazy=COMMANDS)
def bundle() -> None:
    """Everything in one file without secrets, for --bundle and for bug reports."""

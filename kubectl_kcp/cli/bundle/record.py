"""``bundle FILE``: looks at the management cluster and writes the file."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from kubectl_kcp.cli.bundle import COMMANDS
from kubectl_kcp.cli.bundle.save import Redacting, check_new, mapping_option, save
from kubectl_kcp.cli.default_group import OwnCommand
from kubectl_kcp.cli.options import Duration, SourceOptions, open_source, source_options
from kubectl_kcp.cli.terminal import reader, write_out
from kubectl_kcp.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from kubectl_kcp.gather.bundle import Wanted


class NewFile(click.Path):
    """What to write. Completion offers the commands that may stand in its place, too."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        names = [CompletionItem(name, help=text) for name, (_, text) in COMMANDS.items() if name.startswith(incomplete)]
        return [*names, *super().shell_complete(ctx, param, incomplete)]


@click.command("bundle", cls=OwnCommand, title="Commands on bundles", commands=COMMANDS)
@click.argument("file", type=NewFile(dir_okay=False), required=False, metavar="FILE")
@click.option("--seconds", type=Duration(), default="10s", show_default=True, help="The window of the CPU profiles.")
@click.option("--since", type=Duration(), metavar="DURATION", help="Logs from so long ago on (2h); else their last 20,000 lines.")
@click.option("--secrets/--no-secrets", "with_secrets", default=True, help="Certificates of Secrets, without their keys; or none at all.")
@click.option("--dry-run", is_flag=True, help="Say what would be read, and with which rights; read and write nothing.")
@click.option(
    "--redact-names", is_flag=True, help="Stand-ins for names of clusters, namespaces, hosts, addresses and users, the same everywhere."
)
@mapping_option
@click.option("--force", is_flag=True, help="Write over a file.")
@source_options(diagnostics=True)
def record(
    file: str | None,
    seconds: float,
    since: float | None,
    with_secrets: bool,
    dry_run: bool,
    redact_names: bool,
    mapping: str | None,
    force: bool,
    source_from: SourceOptions,
) -> int:
    """Record profiles, metrics, logs, objects and certificates in FILE (tar.gz), without a key or a token.

    Every read command works on it: --bundle FILE. What could not be read is in it, with its reason.
    """
    from kubectl_kcp.gather.bundle import LOG_LINES, Wanted

    if source_from.bundle:
        raise UsageError("a bundle is recorded of a live cluster: leave --bundle out", "FILE is what to write")
    wanted = Wanted(seconds, with_secrets, None if since is None else timedelta(seconds=since))
    if dry_run:
        from kubectl_kcp.knowledge.reads import reads
        from kubectl_kcp.render.bundle import plan_text

        write_out(plan_text(reads("bundle", with_secrets), seconds, LOG_LINES, since, with_secrets, redact_names, reader()))
        return ExitCode.OK
    if file is None:
        context = click.get_current_context()
        raise click.MissingParameter(ctx=context, param=context.command.params[0])
    if mapping and not redact_names:
        raise UsageError("--mapping: only with --redact-names")
    redacting = Redacting(redact_names, mapping)
    check_new(file, force, redacting)
    return _record(file, wanted, force, redacting, source_from)


def _record(file: str, wanted: Wanted, force: bool, redacting: Redacting, source_from: SourceOptions) -> int:
    from kubectl_kcp.cli.progress import progress
    from kubectl_kcp.gather.bundle import gather_bundle

    with open_source(source_from) as source, progress(source_from.quiet) as show:
        found = gather_bundle(source, wanted, show)
    return save(found, file, force, redacting, with_secrets=wanted.secrets)

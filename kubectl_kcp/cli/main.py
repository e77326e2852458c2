"""The program: finds the name it was called by, loads the one command that runs, turns errors into exit codes."""

from __future__ import annotations

import errno
import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path, PurePath

import click

from kubectl_kcp import __version__
from kubectl_kcp.errors import ExitCode, KcpError

COMMANDS = {
    "cache": ("kubectl_kcp.cli.cache:cache", "What the controllers hold in memory: connections to clusters, etcd credentials"),
    "certs": ("kubectl_kcp.cli.certs:certs", "Certificates of workload clusters and KCP's cached etcd credentials"),
    "profile": ("kubectl_kcp.cli.profile:profile", "Where the controllers' CPU and memory go, and why"),
    "top": ("kubectl_kcp.cli.top:top", "CPU, memory, reconciles and queues of each controller"),
    "etcd": ("kubectl_kcp.cli.etcd:etcd", "Workload clusters' etcd, with a short-lived credential of our own"),
    "bundle": ("kubectl_kcp.cli.bundle:bundle", "Everything in one file without secrets, for --bundle and for bug reports"),
    "doctor": ("kubectl_kcp.cli.doctor:doctor", "Everything that is wrong, root cause first"),
    "export": ("kubectl_kcp.cli.export:export", "Certificates, credentials and findings as metrics, for Prometheus"),
    "explain": ("kubectl_kcp.cli.explain:explain", "What a finding means, and what to do"),
    "access": ("kubectl_kcp.cli.access:access", "The rights that the commands need"),
    "log-level": ("kubectl_kcp.cli.log_level:log_level", "How much the controllers log, while they run"),
    "demo": ("kubectl_kcp.cli.demo:demo", "The commands on embedded bundles, without a cluster"),
    "completion": ("kubectl_kcp.cli.completion:completion", "Completion for shells, and for kubectl itself"),
    "version": ("kubectl_kcp.cli.version:version", "Print the version"),
}
"""Name → where it is, one-line help. Groups are commands of their own; nothing is imported until it runs."""


HOSTS = ("kubectl", "clusterctl")
"""Programs that look for plugins on PATH by file name."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""A disk, or a terminal that is gone: nobody's defect."""
TRACEBACK = "KUBECTL_KCP_TRACEBACK"
"""Set it to see the traceback of a defect."""
COMPLETE_VARIABLE = "_KUBECTL_KCP_COMPLETE"
"""What a shell's completion script sets (click.shell_completion)."""


class LazyGroup(click.Group):
    """Imports a command's module when it is asked for, not to print its name in the help."""

    def __init__(self, *args: object, lazy: dict[str, tuple[str, str]] | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # click.Group's own, passed on
        self.lazy = lazy or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.lazy:
            return None
        module, _, attribute = self.lazy[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and not ctx.resilient_parsing and self.get_command(ctx, name) is None:
            from difflib import get_close_matches

            near = get_close_matches(name, self.lazy) or [n for n in self.lazy if n.startswith(name)]
            ctx.fail(f"No such command {name!r}." + (f" Did you mean {' or '.join(near)}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.lazy.items()])


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    help="Diagnose the control-plane controllers of a Cluster API management cluster: who burns CPU and why, which certificates end, "
    "and whether KCP's cached etcd credentials still work.",
)
@click.version_option(__version__, message="%(version)s")
@click.pass_context
def root(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        from kubectl_kcp.cli.begin import begin

        begin()


def program_name(argv0: str) -> str:
    """``kubectl-kcp`` is shown as ``kubectl kcp``, ``kubectl-capi_kcp`` as ``kubectl capi-kcp``, ``clusterctl-kcp`` as
    ``clusterctl kcp``: the plugin rule of kubectl, which clusterctl has taken over."""
    stem = PurePath(argv0).name.removesuffix(".exe").removesuffix(".py")
    host, dash, rest = stem.partition("-")
    if not dash or host not in HOSTS:
        return "kubectl kcp"
    return " ".join([host, *(part.replace("_", "-") for part in rest.split("-"))])


def main(argv: Sequence[str] | None = None) -> None:
    """Runs and exits. The one place where errors are caught.

    What is read stays until the end: looking through all of it for cycles, again and again while it grows, takes a tenth of the time, and
    once more at the end, when all of it goes anyway, a thirtieth. Threads take turns five times as often as is usual: an answer comes in
    by small parts, each of which waits for a thread that reads the one before.
    """
    if getattr(sys, "frozen", False):
        from kubectl_kcp.machine.second_process import serve_if_asked

        serve_if_asked(sys.argv[1:])
    gc.set_threshold(50_000, 20, 100)
    sys.setswitchinterval(0.001)
    if sys.stdout is None:  # closed by whoever started us
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 # as long as the process
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal or a file of another encoding shows what it can
        sys.stdout.reconfigure(encoding=encoding(os.name, sys.stdout.isatty()), errors="backslashreplace")
    code = run(sys.argv[1:] if argv is None else argv, program_name(sys.argv[0]))
    gc.freeze()
    sys.exit(code)


def encoding(system: str, terminal: bool) -> str | None:
    """Of standard output, None for what the system says. What Windows says of a file or a pipe is an old code page, which JSON, YAML and
    pages must not be in. ``system`` is ``os.name``."""
    return "utf-8" if system == "nt" and not terminal else None


def reader_gone(error: Exception, system: str) -> bool:
    """Whether it says that the reader of our standard output went away (``| head``). Windows calls that an invalid argument."""
    if isinstance(error, BrokenPipeError):
        return True
    return system == "nt" and isinstance(error, OSError) and error.errno == errno.EINVAL and error.filename is None


def run(argv: Sequence[str], name: str) -> int:
    try:
        result = root.main(args=list(argv), prog_name=name, complete_var=COMPLETE_VARIABLE, standalone_mode=False)
        sys.stdout.flush()
        return int(result) if isinstance(result, int) else ExitCode.OK
    except click.exceptions.Exit as e:
        return e.exit_code
    except click.ClickException as e:
        from kubectl_kcp.printable import one_line

        shown = io.StringIO()
        e.show(shown)
        text = shown.getvalue()
        if not (isinstance(e, click.UsageError) and e.ctx is not None and e.message == e.ctx.get_help()):  # a group without a command
            text = text.replace(f"Error: {e.format_message()}", f"error: {e.format_message()}").replace(e.message, one_line(e.message))
        _say(text.rstrip("\n"))
        return ExitCode.USAGE
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted")
        return ExitCode.INTERRUPTED
    except KcpError as e:
        report(e, name)
        return e.exit_code
    except Exception as e:
        if reader_gone(e, os.name):  # nothing is wrong, and nothing more can be said there
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ExitCode.OK
        if isinstance(e, OSError) and e.errno in FULL:
            report(KcpError(f"the result cannot be written: {os.strerror(e.errno)}"), name)
            return ExitCode.FAILED
        # Whatever else it is, it is ours, and a traceback is for developers.
        if os.environ.get(TRACEBACK):
            raise
        what = f"a defect of this program: {type(e).__name__}: {' '.join(str(e).split())[:200]}"
        report(KcpError(what, f"{TRACEBACK}=1 shows where; please report it"), name)
        return ExitCode.FAILED


def report(error: KcpError, program: str) -> None:
    from kubectl_kcp.cli.terminal import err_width
    from kubectl_kcp.render.text import error_lines

    for line in error_lines(f"error: {error}", error.hint, program, err_width()):
        _say(line)


def _say(text: str) -> None:
    from kubectl_kcp.cli.terminal import write_err

    write_err(text)

"""``log-level set`` and ``log-level reset``: plan, question, one request to each Pod, and a look into its log."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import click
from msgspec import Struct

from kubectl_kcp.advice import line
from kubectl_kcp.changes.log_level import check_allowed, plan_reset, plan_set
from kubectl_kcp.cli.asking import confirm
from kubectl_kcp.cli.options import NOT_CHANGED, Duration, SourceOptions, controllers_option, open_cluster, source_options
from kubectl_kcp.cli.output import TEXTS, Output, output_options
from kubectl_kcp.cli.progress import progress
from kubectl_kcp.cli.terminal import program, reader, write_err
from kubectl_kcp.errors import ExitCode, FailureKind, KcpError
from kubectl_kcp.knowledge.log_level import HIGHEST
from kubectl_kcp.model.log_level import LevelChange, LevelResult, PodLevel
from kubectl_kcp.model.reference import Failure, Subject
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.view import Parts, View

Function = Callable[..., Any]
Planner = Callable[[Sequence[PodLevel]], list[LevelChange]]


class Given(Struct, frozen=True):
    """The options of both commands."""

    controllers: tuple[str, ...]
    allow_secrets_in_logs: bool
    dry_run: bool
    yes: bool
    wait: float
    out: Output
    source_from: SourceOptions


OPTIONS = (
    controllers_option,
    click.option("--allow-secrets-in-logs", is_flag=True, help="Levels above 5, too: at 8 the logs hold Secrets' private keys."),
    click.option("--dry-run", is_flag=True, help="Print the plan and change nothing."),
    click.option("-y", "--yes", is_flag=True, help="Do not ask."),
    click.option(
        "--wait", type=Duration(), default="15s", show_default=True, help="How long to look for the level in the logs; 0: do not."
    ),
    output_options(*TEXTS),
)


def changing_options(function: Function) -> Function:
    """Hands the command one ``given: Given``."""

    @source_options(diagnostics=True)
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        mine = {name: kwargs.pop(name) for name in Given.__struct_fields__}
        return function(*args, given=Given(**mine), **kwargs)

    for option in reversed(OPTIONS):
        wrapper = option(wrapper)
    return wrapper


@click.command("set")
@click.argument("level", type=click.IntRange(0, HIGHEST))
@changing_options
def set_(level: int, given: Given) -> int:
    """Set the log level (0 to 10) of all running controllers, or of those that --controller names.

    Prints the plan and asks. Nothing is restarted; the level lasts until a process ends.
    """
    return change(given, lambda found: plan_set(found, level), f"to {level}")


@click.command()
@changing_options
def reset(given: Given) -> int:
    """Put back the log level that each running controller was started with: --v among its arguments, or its default."""
    return change(given, plan_reset, "back")


def change(given: Given, planner: Planner, where: str) -> int:
    """Look, plan, ask, do, look into the logs."""
    from kubectl_kcp.changes.live_levels import LiveLevels
    from kubectl_kcp.gather.log_level import change_levels, gather_levels, watch_logs
    from kubectl_kcp.render.log_level import plan_text

    with open_cluster(given.source_from, NOT_CHANGED) as source, progress(given.source_from.quiet) as show:
        found = gather_levels(source, given.controllers)
        plan = planner(found.items)
        if not plan and found.failures and given.out.format == "text":
            why = found.failures[0]
            raise KcpError(f"nothing was changed: no Pod of a controller could be looked for: {why.subject}: {why.reason}", why.hint)
        check_allowed(plan, given.allow_secrets_in_logs)
        refused = [Failure(Subject.of("Pod", c.seen.pod.ref), FailureKind.REFUSED, c.refusal) for c in plan if c.to is None]
        if given.dry_run or not any(c.to is not None for c in plan):
            return _ended(given, plan, [LevelResult(c) for c in plan], [*found.failures, *refused])
        if given.out.format == "text":
            write_err(plan_text(plan, reader()))
        pods = sum(c.to is not None for c in plan)
        confirm(f"Set the log level of {pods} Pod{'s' if pods > 1 else ''} {where}?", given.yes)
        try:
            results, failures = change_levels(plan, LiveLevels(source.api, source.tokens), show)
        except KeyboardInterrupt:
            write_err(f"interrupted: some Pods may have the new level; {line(program(), 'log-level reset')} puts it back")
            raise
        results = watch_logs(source, results, given.wait, show)
    return _ended(given, plan, results, [*found.failures, *failures])


def _ended(given: Given, plan: Sequence[LevelChange], results: Sequence[LevelResult], failures: Sequence[Failure]) -> int:
    """Plan or result on stdout; 4 where nothing at all could be done."""
    from kubectl_kcp.render.log_level import change_document, plan_text, result_text

    done = any(r.done for r in results)

    def parts(wide: bool, reader: Reader) -> Parts:
        return [result_text(results, reader.program) if done else plan_text(plan, reader) if given.dry_run else ""]

    code = given.out.show(
        View(parts=parts, document=lambda program: change_document(results, failures, given.dry_run, program), failures=failures)
    )
    return code if done or (given.dry_run and any(c.to is not None for c in plan)) else ExitCode.FAILED

"""What ``flush`` and ``regenerate`` share: plan, question, steps."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

import click
from msgspec import Struct

from kubectl_kcp.changes.clockwork import Clockwork
from kubectl_kcp.changes.flush import flush
from kubectl_kcp.changes.interface import Changer
from kubectl_kcp.changes.plan import plan
from kubectl_kcp.cli.asking import confirm
from kubectl_kcp.cli.completing import complete_clusters
from kubectl_kcp.cli.options import Duration, SourceOptions, Where, scope_options, source_options
from kubectl_kcp.cli.output import TEXTS, Output, output_options
from kubectl_kcp.cli.terminal import width, write_err
from kubectl_kcp.errors import Refused, Timeout, Unreachable
from kubectl_kcp.gather.flush import Look, look
from kubectl_kcp.model.flush import FlushPlan, FlushResult, Way
from kubectl_kcp.render.flush import document, plan_text
from kubectl_kcp.render.text import Reader, wrapped
from kubectl_kcp.render.view import Parts, View
from kubectl_kcp.sources.interface import LiveCluster

Function = Callable[..., Any]


class Given(Struct, frozen=True):
    """The options of both commands."""

    cluster: str
    where: Where
    source_from: SourceOptions
    restart_leader: bool
    yes: bool
    dry_run: bool
    force: bool
    release_lease: bool
    accept_gap: bool
    reason: str
    timeout: float
    out: Output


OPTIONS = (
    click.argument("cluster", shell_complete=complete_clusters),
    click.option("--restart-leader", is_flag=True, help="Yes, replace KCP's leader process: all clusters lose their cached credential."),
    click.option("-y", "--yes", is_flag=True, help="Do not ask."),
    click.option("--dry-run", is_flag=True, help="Print the plan and change nothing."),
    click.option("--force", is_flag=True, help="Go on where a flush does not seem to help: FRESH, UNKNOWN, or another cause."),
    click.option("--release-lease/--no-release-lease", default=True, help="Free the ended leader's Lease, or leave it to end by itself."),
    click.option("--accept-webhook-gap", "accept_gap", is_flag=True, help="Go on where no Pod can serve KCP's webhooks meanwhile."),
    click.option("--reason", default="requested by an operator", show_default=True, metavar="TEXT", help="Why, for the Events."),
    click.option("--timeout", type=Duration(), default="3m", show_default=True, help="How long all steps may take."),
    output_options(*TEXTS, what="How to print plan and result."),
)


def changing_options(function: Function) -> Function:
    """Hands the command one ``given: Given``."""

    @source_options()
    @scope_options(selector=False)
    @functools.wraps(function)
    def wrapper(*args: Any, where: Where, source_from: SourceOptions, **kwargs: Any) -> Any:
        names = set(Given.__struct_fields__)
        mine = {k: kwargs.pop(k) for k in list(kwargs) if k in names}
        return function(*args, given=Given(where=where, source_from=source_from, **mine), **kwargs)

    for option in reversed(OPTIONS):
        wrapper = option(wrapper)
    return wrapper


Finish = Callable[[FlushResult, Look, Clockwork], FlushResult]


def change(given: Given, source: LiveCluster, changer: Changer, finish: Finish | None = None) -> int:
    """Look, plan, ask, do. ``finish`` adds a proof to the result."""
    seen = look(source, changer, given.where.scope(source, (given.cluster,)))
    made = plan(
        seen.target.cluster, seen.credential, seen.controller, seen.clusters, seen.around, source.now(),
        force=given.force, release_lease=given.release_lease, accept_gap=given.accept_gap,
    )  # fmt: skip
    state = seen.credential.state.value
    if made.way is Way.NOTHING and not made.refusal:
        _print(given, made, state)
        write_err("nothing to flush: nothing was changed")
        return 0
    if given.dry_run or made.refusal:
        _print(given, made, state, dry_run=given.dry_run)
    if made.refusal:
        raise Refused(made.refusal, made.hint)
    if given.dry_run:
        return 0
    if given.out.format == "text":
        write_err(f"{plan_text(made, state, width())}\n")
    if not given.restart_leader:
        raise Refused(
            "nothing was changed: on this KCP a flush is a new leader process", "say --restart-leader, after a look at the plan above"
        )
    confirm(f"Replace the leader of {made.controller}?", given.yes)
    result = _do(given, made, changer, seen, finish)
    _print(given, made, state, result)
    return 0


def _print(given: Given, made: FlushPlan, state: str, result: FlushResult | None = None, dry_run: bool = False) -> None:
    """The plan, or what was done by it."""

    def parts(wide: bool, reader: Reader) -> Parts:
        return [wrapped(result.proof, reader.columns) if result else plan_text(made, state, reader.columns)]

    given.out.show(View(parts=parts, document=lambda program: document(made, state, result, dry_run)))


def _do(given: Given, made: FlushPlan, changer: Changer, seen: Look, finish: Finish | None) -> FlushResult:
    clock = Clockwork(lambda step: write_err(wrapped([step], width())), time.monotonic() + given.timeout)
    try:
        result = flush(made, changer, clock, given.reason)
        return finish(result, seen, clock) if finish else result
    except (KeyboardInterrupt, Unreachable, Timeout):
        write_err(
            f"not finished: the Deployment brings its Pods back, and the Lease ends by itself within {made.lease_seconds:.0f} s; "
            "run the command again to finish or to see that nothing is left to do"
        )
        raise

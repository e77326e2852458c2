"""``top``: what each controller's Pod uses and does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import click

from kubectl_kcp.cli.looking import Look, look_again, look_at
from kubectl_kcp.cli.options import Duration, SourceOptions, controllers_option, local_option, refuse_elsewhere, source_options
from kubectl_kcp.cli.output import TABLES, Output, output_options
from kubectl_kcp.cli.store import StoreOptions, store_options
from kubectl_kcp.errors import UsageError
from kubectl_kcp.gather.inventory import gather_controllers
from kubectl_kcp.gather.top import Looks
from kubectl_kcp.model.metrics import PodUsage, Usage
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.view import Parts, View
from kubectl_kcp.sources.interface import Source

SORT: dict[str, Callable[[PodUsage], Any]] = {
    "cpu": lambda u: -(u.cpu or 0.0),
    "memory": lambda u: -(u.memory or 0.0),
    "reconciles": lambda u: -(u.rate or 0.0),
    "queue": lambda u: -(u.queue_depth or 0.0),
    "name": lambda u: (u.controller.namespace, u.pod.name),
}
SHORTEST = 1.0
"""Seconds: the process collector of client_golang counts CPU time in steps of 10 ms, a hundredth of this."""


@click.command()
@controllers_option
@click.option("--window", type=Duration(), default="10s", show_default=True, help="Time between the two looks that rates come from.")
@output_options(*TABLES, "name", "html", watch=True)
@click.option("--sort-by", type=click.Choice(list(SORT)), default="cpu", show_default=True, help="Order of the rows.")
@local_option
@store_options
@source_options(diagnostics=True, many=True)
def top(
    controllers: tuple[str, ...],
    window: float,
    out: Output,
    sort_by: str,
    local: bool,
    store: StoreOptions,
    source_from: SourceOptions,
) -> int:
    """CPU, memory, reconciles and queues of each controller's Pod, the largest CPU first.

    Rates come from two looks, --window apart. A figure that a version does not expose is -. With -o wide also by reconciler.
    With --since the same of the last hours, from a store of metrics: minimum, median, maximum, now, and since when it is high.
    """
    if store.asked:
        from kubectl_kcp.cli import history

        history.refuse_beside(source_from, local, out.watching)
        return out.show(history.look(store, source_from, controllers, sort_by))
    if out.format == "html":
        raise UsageError("-o html draws curves over time: it needs --since", "as in --since 2h --prometheus URL")
    if window < SHORTEST:
        raise UsageError(
            f"--window {window:g}s is too short for rates", f"CPU time is counted in steps of 10 ms: take {SHORTEST:g}s or more"
        )
    if local:
        from kubectl_kcp.cli.progress import progress
        from kubectl_kcp.gather.local import find_local

        refuse_elsewhere(source_from)
        with progress(source_from.quiet) as show:
            found = find_local(controllers, source_from.request_timeout, show)
        here = found.looks(window)
        return look_again(found.source, out, lambda show: view(here(show), sort_by), source_from.quiet)

    def prepare(source: Source) -> Look:
        looks = Looks(source, window, partial(gather_controllers, source, controllers))
        return lambda show: view(looks.take(show), sort_by)

    return look_at(source_from, out, prepare)


def view(found: Usage, sort_by: str) -> View:
    from kubectl_kcp.findings.usage import usage_findings
    from kubectl_kcp.render.listing import listing
    from kubectl_kcp.render.top import pod_data, pods_table, reconcilers_table

    items = sorted(found.items, key=SORT[sort_by])

    def parts(wide: bool, reader: Reader) -> Parts:
        return pods_table(items, wide), *([reconcilers_table(items)] if wide else [])

    return View(
        parts=parts,
        document=lambda program: listing("PodUsageList", [pod_data(u) for u in items], found.failures, program),
        names=[f"pod/{u.pod.name}" for u in items],
        findings=usage_findings(items),
        failures=found.failures,
        nothing="no controllers found",
        order=None if sort_by == "name" else [SORT[sort_by](u) for u in items],
    )

"""``top``: what each controller's Pod uses and does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from kubectl_kcp.cli.options import Duration, SourceOptions, open_source, source_options
from kubectl_kcp.cli.outcome import finish
from kubectl_kcp.cli.terminal import program, reader, width
from kubectl_kcp.errors import UsageError
from kubectl_kcp.gather.top import Looks, gather_usage
from kubectl_kcp.model.metrics import PodUsage, Usage
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
@click.option("--controller", "controllers", multiple=True, metavar="NAME", help="Only this one: kcp, core, kbp, infra, or a Deployment.")
@click.option("--window", type=Duration(), default="10s", show_default=True, help="Time between the two looks that rates come from.")
@click.option("-o", "--output", type=click.Choice(["table", "wide", "json", "yaml", "name"]), default="table", show_default=True)
@click.option("--sort-by", type=click.Choice(list(SORT)), default="cpu", show_default=True)
@click.option("--no-headers", is_flag=True, help="No column heads, and no notes under the table.")
@click.option("-w", "--watch", "watching", is_flag=True, help="Look again and again; Ctrl-C ends.")
@source_options(diagnostics=True)
def top(
    controllers: tuple[str, ...], window: float, output: str, sort_by: str, no_headers: bool, watching: bool, source_from: SourceOptions
) -> int:
    """CPU, memory, reconciles and queues of each controller's Pod, hungriest first.

    Rates come from two looks, --window apart. A figure that a version does not expose is -. With -o wide also by reconciler.
    """
    from kubectl_kcp.cli.progress import progress

    if window < SHORTEST:
        raise UsageError(
            f"--window {window:g}s is too short for rates", f"CPU time is counted in steps of 10 ms: take {SHORTEST:g}s or more"
        )
    with open_source(source_from) as source:
        if watching:
            return _watch(source, controllers, window, output, sort_by)
        with progress(source_from.quiet) as show:
            found = gather_usage(source, window, controllers, show)
    text = render(found, output, sort_by, width(), no_headers)
    if text:
        click.echo(text)
    return finish(found.failures, say=output not in ("json", "yaml"))


def _watch(source: Source, controllers: tuple[str, ...], window: float, output: str, sort_by: str) -> int:
    from kubectl_kcp.cli.watch import Drawing, watch

    if not source.live:
        raise UsageError("--watch needs a cluster: a recording does not change")
    if output not in ("table", "wide"):
        raise UsageError("--watch prints tables: -o table or -o wide")
    looks = Looks(source, window, controllers)

    def look() -> Drawing:
        found = looks.take()
        warnings = [f"warning: {f.subject}: {f.reason}" for f in found.failures]
        return lambda columns: "\n".join([render(found, output, sort_by, columns), *warnings])

    watch(look, 0.0, source.now)
    return 0


def render(found: Usage, output: str, sort_by: str, columns: int, no_headers: bool = False) -> str:
    """``columns`` is for the notes; a table is as wide as it is."""
    items = sorted(found.items, key=SORT[sort_by])
    if output in ("json", "yaml"):
        from kubectl_kcp.render.listing import listing, to_json, to_yaml
        from kubectl_kcp.render.top import pod_data

        document = listing("PodUsageList", [pod_data(u) for u in items], found.failures, program())
        return to_json(document) if output == "json" else to_yaml(document)
    if output == "name":
        return "\n".join(f"pod/{u.pod.name}" for u in items)
    from kubectl_kcp.render.top import notes, pods_table, reconcilers_table

    parts = [pods_table(items, output == "wide", headers=not no_headers)]
    if output == "wide":
        parts.append(reconcilers_table(items, headers=not no_headers))
    if not no_headers:
        parts.append(notes(items, reader(columns)))
    return "\n\n".join(p for p in parts if p)

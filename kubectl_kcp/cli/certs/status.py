"""``certs status``: one line a cluster, and a note for each that is in trouble."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import click

from kubectl_kcp.cli.certs.common import FAIL_ON, Ask, fail_on, unjudged, verify_option, within_option
from kubectl_kcp.cli.options import Duration, SourceOptions, Where, open_source, scope_options, source_options
from kubectl_kcp.cli.outcome import finish
from kubectl_kcp.cli.terminal import program, reader, width
from kubectl_kcp.errors import UsageError
from kubectl_kcp.gather.certs import Certificates
from kubectl_kcp.model.certificate import ClusterStatus
from kubectl_kcp.model.credential import CredentialState

LATEST = datetime.max.replace(tzinfo=timezone.utc)
WORST_FIRST = (CredentialState.STALE, CredentialState.CA_MISMATCH, CredentialState.SUSPECT, CredentialState.UNKNOWN)


def _rank(item: ClusterStatus) -> int:
    state = item.credential.state
    return WORST_FIRST.index(state) if state in WORST_FIRST else len(WORST_FIRST)


SORT: dict[str, Callable[[ClusterStatus], Any]] = {
    "name": lambda i: i.cluster.ref,
    "end": lambda i: (i.next_end or LATEST, i.cluster.ref),
    "credential": lambda i: (_rank(i), i.cluster.ref),
}


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...")
@scope_options()
@within_option
@click.option(
    "-o", "--output", type=click.Choice(["table", "wide", "json", "yaml", "name", "openmetrics"]), default="table", show_default=True
)
@click.option("--sort-by", type=click.Choice(list(SORT)), default="name", show_default=True)
@click.option("--fail-on", "words", multiple=True, metavar="WHAT", help=f"Exit 1 where there is any: {', '.join(FAIL_ON)}.")
@click.option("--no-headers", is_flag=True, help="No column heads, and no notes under the table.")
@click.option("-w", "--watch", "watching", is_flag=True, help="Look again and again; Ctrl-C ends.")
@click.option("--interval", type=Duration(), default="10s", show_default=True, help="Time between two looks of --watch.")
@verify_option
@source_options()
def status(
    clusters: tuple[str, ...],
    where: Where,
    within: timedelta,
    output: str,
    sort_by: str,
    words: tuple[str, ...],
    no_headers: bool,
    watching: bool,
    interval: float,
    verify: bool,
    source_from: SourceOptions,
) -> int:
    """When each cluster's certificates end, and whether KCP's cached etcd credential still works.

    CLUSTER is NAME or NAMESPACE/NAME; without one, all clusters of the namespace, or of all with -A.
    """
    fail_on(words, ())
    ask = Ask(source_from, where, clusters, within, verify)
    if watching:
        return _watch(ask, output, sort_by, interval)
    found = ask.gather()
    items = tuple(sorted(found.items, key=SORT[sort_by]))
    text = render(found, items, output, width(), no_headers)
    if text:
        click.echo(text)
    elif not found.failures:
        click.echo("no clusters found" + (f" in namespace {where.namespace}; -A looks in all" if where.namespace else ""), err=True)
    failures = (*found.failures, *unjudged(words, items))
    return finish(failures, fail_on(words, items), say=output not in ("json", "yaml"))


def _watch(ask: Ask, output: str, sort_by: str, interval: float) -> int:
    from kubectl_kcp.cli.watch import Drawing, watch

    if output not in ("table", "wide"):
        raise UsageError("--watch prints tables: -o table or -o wide")
    with open_source(ask.source) as source:
        if not source.live:
            raise UsageError("--watch needs a cluster: a recording does not change")

        def look() -> Drawing:
            found = ask.look(source)
            items = tuple(sorted(found.items, key=SORT[sort_by]))
            warnings = [f"warning: {f.subject}: {f.reason}" for f in found.failures]
            return lambda columns: "\n".join([render(found, items, output, columns), *warnings])

        watch(look, max(interval, 1.0), source.now)
    return 0


def render(found: Certificates, items: tuple[ClusterStatus, ...], output: str, columns: int, no_headers: bool = False) -> str:
    """``columns`` is for the notes; a table is as wide as it is."""
    if output in ("json", "yaml"):
        from kubectl_kcp.render.certs_json import cluster_data, orphan_data
        from kubectl_kcp.render.listing import listing, to_json, to_yaml

        lost = [orphan_data(s) for s in found.orphans]
        rows = [cluster_data(i, found.now, program()) for i in items]
        data = listing("CertificateStatusList", rows, found.failures, program(), withoutCluster=lost)
        return to_json(data) if output == "json" else to_yaml(data)
    if output == "openmetrics":
        from kubectl_kcp.render.openmetrics import page

        return page(items, found.now, found.failures).rstrip("\n")
    if output == "name":
        return "\n".join(f"cluster.cluster.x-k8s.io/{i.cluster.name}" for i in items)
    from kubectl_kcp.render.certs import notes, status_table

    shown = status_table(items, found.now, output == "wide", headers=not no_headers)
    below = "" if no_headers else notes(items, found.orphans, reader(columns))
    return f"{shown}\n\n{below}" if below else shown

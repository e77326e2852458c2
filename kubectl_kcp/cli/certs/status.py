"""``certs status``: one line a cluster, and a finding for each that is in trouble."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

import click

from kubectl_kcp.cli.certs.common import FAIL_ON, Ask, document, fail_on, unjudged, verify_option, within_option
from kubectl_kcp.cli.completing import complete_clusters
from kubectl_kcp.cli.fleet import attended, only_problems_option
from kubectl_kcp.cli.looking import look_at
from kubectl_kcp.cli.options import SourceOptions, Where, scope_options, source_options
from kubectl_kcp.cli.output import TABLES, Output, output_options
from kubectl_kcp.findings.certificates import status_findings
from kubectl_kcp.gather.certs import Certificates
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.certificate import FINE, ClusterStatus
from kubectl_kcp.model.credential import SERIOUS, CredentialState
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.view import Parts, View
from kubectl_kcp.sources.interface import Source

LATEST = datetime.max.replace(tzinfo=timezone.utc)
WORST_FIRST = (*SERIOUS, CredentialState.UNKNOWN)


def _rank(item: ClusterStatus) -> int:
    state = item.credential.state
    return WORST_FIRST.index(state) if state in WORST_FIRST else len(WORST_FIRST)


SORT: dict[str, Callable[[ClusterStatus], Any]] = {
    "name": lambda i: i.cluster.ref,
    "end": lambda i: (i.next_end or LATEST, i.cluster.ref),
    "credential": lambda i: (_rank(i), i.cluster.ref),
}


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...", shell_complete=complete_clusters)
@scope_options()
@within_option
@output_options(*TABLES, "name", "openmetrics", fail_on=FAIL_ON, watch=True, interval="10s")
@click.option("--sort-by", type=click.Choice(list(SORT)), default="name", show_default=True, help="Order of the clusters.")
@verify_option()
@only_problems_option
@source_options(many=True, secrets=True)
def status(
    clusters: tuple[str, ...],
    where: Where,
    within: timedelta | None,
    out: Output,
    sort_by: str,
    verify: bool,
    only_problems: bool,
    source_from: SourceOptions,
) -> int:
    """When each cluster's certificates end, and whether KCP's cached etcd credential still works.

    CLUSTER is NAME or NAMESPACE/NAME; without one, all clusters of the namespace, or of all with -A.
    """
    ask = Ask(where, clusters, within, verify)

    def look(source: Source, show: Progress) -> View:
        return view(ask.look(source, show), where.at(source), sort_by, out.fail_on, only_problems)

    return look_at(source_from, out, lambda source: partial(look, source), clusters)


def view(found: Certificates, where: Where, sort_by: str, words: tuple[str, ...], only: bool = False) -> View:
    every = tuple(sorted(found.items, key=SORT[sort_by]))
    findings = status_findings(every, found.orphans)
    items, attention = attended(every, lambda i: i.cluster.ref, findings, lambda i: i.state not in FINE, only)

    def parts(wide: bool, reader: Reader) -> Parts:
        from kubectl_kcp.render.certs import status_table

        return (status_table(items, found.now, wide),)

    def metrics(reader: Reader) -> str:
        from kubectl_kcp.render.openmetrics import page

        return page(every, found.now, found.failures).rstrip("\n")

    return View(
        findings=findings,
        parts=parts,
        document=lambda program: document(found, items, program),
        names=[f"cluster.cluster.x-k8s.io/{i.cluster.name}" for i in items],
        pages={"openmetrics": metrics},
        failures=(*found.failures, *unjudged(words, every)),
        alarm=fail_on(words, every),
        attention=attention,
        nothing=attention.line or where.nothing,
        order=None if sort_by == "name" else [SORT[sort_by](i) for i in items],
    )

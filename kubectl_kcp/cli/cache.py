"""``cache``: what the controllers hold in memory of each cluster: ClusterCache connections and etcd credentials."""

from __future__ import annotations

from functools import partial

import click
from msgspec.structs import replace

from kubectl_kcp.cli.completing import complete_clusters
from kubectl_kcp.cli.fleet import attended, only_problems_option
from kubectl_kcp.cli.looking import look_at
from kubectl_kcp.cli.options import SourceOptions, Where, scope_options, source_options
from kubectl_kcp.cli.output import TABLES, Output, output_options
from kubectl_kcp.cli.store import StoreOptions, past, store_options
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.cluster_cache import CacheReport
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.view import Parts, View
from kubectl_kcp.sources.interface import Source


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...", shell_complete=complete_clusters)
@scope_options()
@click.option("--with-secrets", is_flag=True, help="Judge credentials and kubeconfigs by their Secrets, too: needs the right to read them.")
@output_options(*TABLES, "name")
@only_problems_option
@store_options
@source_options(diagnostics=True, many=True, secrets=True)
def cache(
    clusters: tuple[str, ...],
    where: Where,
    with_secrets: bool,
    out: Output,
    only_problems: bool,
    store: StoreOptions,
    source_from: SourceOptions,
) -> int:
    """What the controllers hold in memory: connections to workload clusters, and KCP's etcd credentials.

    Each controller probes each of its clusters every 10 s and drops the connection at the fifth failure. CLUSTER is NAME or
    NAMESPACE/NAME; without one, all clusters of the namespace, or of all with -A. With --since a store of metrics is asked since
    when a connection is down, where the log does not tell.
    """
    from kubectl_kcp.gather.cache import gather_cache, with_history

    history = past(store, source_from, connections_only=True)

    def look(source: Source, show: Progress) -> View:
        found = gather_cache(source, where.scope(source, clusters), with_secrets, show)
        return view(found if history is None else with_history(found, history), where.at(source), only_problems)

    return look_at(source_from, out, lambda source: partial(look, source), clusters)


def view(every: CacheReport, where: Where, only: bool = False) -> View:
    from kubectl_kcp.findings.cache import cache_findings
    from kubectl_kcp.render.cache import cluster_data, legend, matrix, wide
    from kubectl_kcp.render.listing import listing

    findings = cache_findings(every)
    items, attention = attended(every.items, lambda i: i.ref, findings, lambda i: i.cluster is None, only)
    found = replace(every, items=items)

    def parts(all_columns: bool, reader: Reader) -> Parts:
        return wide(found) if all_columns else matrix(found), legend(found, reader)

    return View(
        findings=findings,
        parts=parts,
        document=lambda program: listing("CacheList", [cluster_data(i, program) for i in found.items], found.failures, program),
        names=[f"cluster.cluster.x-k8s.io/{i.ref.name}" for i in found.items],
        failures=found.failures,
        attention=attention,
        nothing=attention.line or where.nothing,
    )

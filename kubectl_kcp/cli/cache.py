"""``cache``: what the controllers hold in memory of each cluster: ClusterCache connections and etcd credentials."""

from __future__ import annotations

import click

from kubectl_kcp.cli.options import SourceOptions, Where, open_source, scope_options, source_options
from kubectl_kcp.cli.outcome import finish
from kubectl_kcp.cli.terminal import program, reader
from kubectl_kcp.model.cluster_cache import CacheReport


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...")
@scope_options()
@click.option("--with-secrets", is_flag=True, help="Judge credentials by the etcd CA's Secrets, too: needs the right to read them.")
@click.option("-o", "--output", type=click.Choice(["table", "wide", "json", "yaml", "name"]), default="table", show_default=True)
@click.option("--no-headers", is_flag=True, help="No column heads, and no notes under the table.")
@source_options(diagnostics=True)
def cache(clusters: tuple[str, ...], where: Where, with_secrets: bool, output: str, no_headers: bool, source_from: SourceOptions) -> int:
    """What the controllers hold in memory: connections to workload clusters, and KCP's etcd credentials.

    Each controller probes each of its clusters every 10 s and drops the connection at the fifth failure. CLUSTER is NAME or
    NAMESPACE/NAME; without one, all clusters of the namespace, or of all with -A.
    """
    from kubectl_kcp.cli.progress import progress
    from kubectl_kcp.gather.cache import gather_cache

    with open_source(source_from) as source, progress(source_from.quiet) as show:
        found = gather_cache(source, where.scope(source, clusters), with_secrets, show)
    text = render(found, output, no_headers)
    if text:
        click.echo(text)
    elif not found.failures:
        click.echo("no clusters found" + (f" in namespace {where.namespace}; -A looks in all" if where.namespace else ""), err=True)
    return finish(found.failures, say=output not in ("json", "yaml"))


def render(found: CacheReport, output: str, no_headers: bool) -> str:
    from kubectl_kcp.render.cache import cluster_data, matrix, notes, wide

    if output in ("json", "yaml"):
        from kubectl_kcp.render.listing import listing, to_json, to_yaml

        document = listing("CacheList", [cluster_data(i, program()) for i in found.items], found.failures, program())
        return to_json(document) if output == "json" else to_yaml(document)
    if output == "name":
        return "\n".join(f"cluster.cluster.x-k8s.io/{i.ref.name}" for i in found.items)
    shown = wide(found, not no_headers) if output == "wide" else matrix(found, not no_headers)
    below = "" if no_headers else notes(found, reader())
    return f"{shown}\n\n{below}" if below else shown

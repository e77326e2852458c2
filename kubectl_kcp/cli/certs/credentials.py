"""``certs credentials``: what KCP caches for each cluster, and how we know."""

from __future__ import annotations

from datetime import timedelta

import click

from kubectl_kcp.cli.certs.common import FAIL_ON, Ask, fail_on, unjudged, verify_option
from kubectl_kcp.cli.options import SourceOptions, Where, scope_options, source_options
from kubectl_kcp.cli.outcome import finish
from kubectl_kcp.cli.terminal import program, reader


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...")
@scope_options()
@click.option("-o", "--output", type=click.Choice(["table", "wide", "json", "yaml", "name"]), default="table", show_default=True)
@click.option("--fail-on", "words", multiple=True, metavar="WHAT", help="Exit 1 where there is any: stale, suspect.")
@verify_option
@source_options()
def credentials(
    clusters: tuple[str, ...], where: Where, output: str, words: tuple[str, ...], verify: bool, source_from: SourceOptions
) -> int:
    """The etcd client credentials that KCP caches: their state, and the evidence for it.

    With CLUSTER arguments all evidence is shown; without, a table, and the evidence for those in trouble.
    """
    from kubectl_kcp.render.certs import credential_text, credentials_table, notes
    from kubectl_kcp.render.certs_json import credential_data
    from kubectl_kcp.render.listing import listing, to_json, to_yaml

    fail_on(words, ())
    found = Ask(source_from, where, clusters, timedelta(), verify).gather()
    if output in ("json", "yaml"):
        rows = [{"namespace": i.cluster.namespace, "name": i.cluster.name, **credential_data(i.credential, program())} for i in found.items]
        document = listing("CredentialList", rows, found.failures, program())
        click.echo(to_json(document) if output == "json" else to_yaml(document))
    elif output == "name":
        click.echo("\n".join(f"cluster.cluster.x-k8s.io/{i.cluster.name}" for i in found.items))
    elif clusters and output == "table":
        click.echo("\n\n".join(credential_text(str(i.cluster.ref), i.credential, reader()) for i in found.items))
    else:
        below = notes([i for i in found.items if FAIL_ON["suspect"](i)], (), reader(), brief=False)
        click.echo("\n\n".join(t for t in (credentials_table(found.items, output == "wide"), below) if t))
    failures = (*found.failures, *unjudged(words, found.items))
    return finish(failures, fail_on(words, found.items), say=output not in ("json", "yaml"))

"""``certs inspect``: everything about one cluster's certificates."""

from __future__ import annotations

from datetime import timedelta

import click

from kubectl_kcp.cli.certs.common import Ask, document, verify_option, within_option
from kubectl_kcp.cli.completing import complete_clusters
from kubectl_kcp.cli.looking import look_at
from kubectl_kcp.cli.options import SourceOptions, Where, scope_options, source_options
from kubectl_kcp.cli.output import Output, output_options
from kubectl_kcp.findings.certificates import status_findings
from kubectl_kcp.findings.credential import credential_findings
from kubectl_kcp.findings.order import told
from kubectl_kcp.gather.certs import Certificates
from kubectl_kcp.render.view import View


@click.command()
@click.argument("cluster", shell_complete=complete_clusters)
@scope_options(selector=False)
@within_option
@output_options("text", "markdown", "json", "yaml")
@verify_option()
@source_options()
def inspect(cluster: str, where: Where, within: timedelta | None, out: Output, verify: bool, source_from: SourceOptions) -> int:
    """Everything about one cluster's certificates: names, keys, ends, what fits what, and its cached credential.

    CLUSTER is NAME or NAMESPACE/NAME.
    """
    ask = Ask(where, (cluster,), within, verify)
    return look_at(source_from, out, lambda source: lambda show: view(ask.look(source, show)))


def view(found: Certificates) -> View:
    from kubectl_kcp.render.certs import inspect_parts

    spoken_of = {f.subject.ref for f in told(credential_findings((i.cluster.ref, i.credential) for i in found.items))}
    return View(
        parts=lambda wide, reader: [part for i in found.items for part in inspect_parts(i, found.now, reader, i.cluster.ref in spoken_of)],
        findings=status_findings(found.items),
        brief=False,
        document=lambda program: document(found, found.items, program),
        failures=found.failures,
    )

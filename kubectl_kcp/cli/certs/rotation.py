"""``certs rotation``: where the rotation of one cluster's CAs stands."""

from __future__ import annotations

import click

from kubectl_kcp.cli.completing import complete_clusters
from kubectl_kcp.cli.options import SourceOptions, Where, open_source, scope_options, source_options
from kubectl_kcp.cli.output import Output, output_options
from kubectl_kcp.findings.rotation import next_step, rotation_findings
from kubectl_kcp.gather.rotation import Rotations, gather_rotations
from kubectl_kcp.render.view import View


@click.command()
@click.argument("cluster", shell_complete=complete_clusters)
@scope_options(selector=False)
@output_options("text", "markdown", "json", "yaml")
@source_options()
def rotation(cluster: str, where: Where, out: Output, source_from: SourceOptions) -> int:
    """Where the rotation of a cluster's CAs stands: which are trusted, what still needs an old one, and the next safe step.

    It changes nothing. The workload cluster is asked with its own kubeconfig: its servers' certificates, and what they trust.

    CLUSTER is NAME or NAMESPACE/NAME.
    """
    from kubectl_kcp.cli.progress import progress

    with open_source(source_from) as source, progress(source_from.quiet) as show:
        found = gather_rotations(source, where.scope(source, (cluster,)), show)
    return out.show(view(found))


def view(found: Rotations) -> View:
    from kubectl_kcp.render.listing import listing
    from kubectl_kcp.render.rotation import rotation_data, rotation_parts

    return View(
        parts=lambda wide, reader: rotation_parts(found.items, found.asked, reader),
        findings=rotation_findings(found.items),
        brief=False,
        document=lambda program: listing(
            "CaRotationList",
            [rotation_data(r, next_step(r), program) for r in found.items],
            found.failures,
            program,
            workloadAsked=found.asked,
        ),
        failures=found.failures,
    )

"""``export manifest``."""

from __future__ import annotations

import click

from kubectl_kcp.cli.terminal import write_out
from kubectl_kcp.errors import UsageError
from kubectl_kcp.knowledge.rights import NAMESPACE


@click.command()
@click.option("--image", required=True, metavar="IMAGE", help="The image to run: docs/exporter.md says how it is built.")
@click.option("--namespace", default=NAMESPACE, show_default=True, help="Where it runs.")
@click.option("--service-monitor", is_flag=True, help="A ServiceMonitor of the Prometheus operator; else annotations.")
@click.option("--push", metavar="URL", default="", help="No server: a CronJob that pushes there every five minutes, as export --push.")
def manifest(image: str, namespace: str, service_monitor: bool, push: str) -> None:
    """Print the manifests that run the exporter in the management cluster: its least roles, Deployment, Service and NetworkPolicy.

    For kubectl apply. Reads and changes no cluster.
    """
    from kubectl_kcp.render.export_manifest import export_manifest
    from kubectl_kcp.sources.pushgateway import gateway

    if push and service_monitor:
        raise UsageError("--service-monitor and --push exclude each other", "with --push nothing serves metrics that could be scraped")
    write_out(export_manifest(namespace, image, service_monitor, gateway(push).url if push else ""))

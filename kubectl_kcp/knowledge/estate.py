"""Kinds that ``doctor`` and ``bundle`` read beyond Secrets, and how each is asked for."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.kube.resources import Resource


class Kind(Struct, frozen=True):
    """``selector`` is over labels. ``of_clusters``: it lives in clusters' namespaces, so that one namespace can be enough."""

    resource: Resource
    selector: str = ""
    of_clusters: bool = False


KINDS = (
    Kind(r.CLUSTERS, of_clusters=True),
    Kind(r.MACHINES, of_clusters=True),
    Kind(r.KUBEADM_CONTROL_PLANES, of_clusters=True),
    Kind(r.KUBEADM_CONFIGS, of_clusters=True),
    Kind(r.MACHINE_SETS, of_clusters=True),
    Kind(r.MACHINE_DEPLOYMENTS, of_clusters=True),
    Kind(r.MACHINE_HEALTH_CHECKS, of_clusters=True),
    Kind(r.DEPLOYMENTS, r.PROVIDER_LABEL),
    Kind(r.PODS, r.PROVIDER_LABEL),
    Kind(r.LEASES),
    Kind(r.CUSTOM_RESOURCES, r.PROVIDER_LABEL),
    Kind(r.MUTATING_WEBHOOKS, r.PROVIDER_LABEL),
    Kind(r.VALIDATING_WEBHOOKS, r.PROVIDER_LABEL),
    Kind(r.SERVICES, r.PROVIDER_LABEL),
    Kind(r.ENDPOINT_SLICES, r.PROVIDER_LABEL),
    Kind(r.ISSUED_CERTIFICATES, r.PROVIDER_LABEL),
)
"""clusterctl labels everything of a provider with ``cluster.x-k8s.io/provider`` (cmd/clusterctl/client/repository/components.go);
EndpointSlices inherit the labels of their Service."""

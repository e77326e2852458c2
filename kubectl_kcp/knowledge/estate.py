"""Kinds that ``doctor`` reads beyond clusters, controllers and certificates, and the labels that are wanted of each."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_kcp.knowledge.resources import (
    CLUSTERS,
    CUSTOM_RESOURCES,
    DEPLOYMENTS,
    ENDPOINT_SLICES,
    EVENTS,
    ISSUED_CERTIFICATES,
    KUBEADM_CONFIGS,
    KUBEADM_CONTROL_PLANES,
    LEASES,
    MACHINE_DEPLOYMENTS,
    MACHINE_HEALTH_CHECKS,
    MACHINE_SETS,
    MACHINES,
    MUTATING_WEBHOOKS,
    PODS,
    PROVIDER_LABEL,
    PROVIDERS,
    SERVICES,
    VALIDATING_WEBHOOKS,
)
from kubectl_kcp.kube.resources import Resource

FURTHER: Mapping[Resource, str] = {
    CLUSTERS: "",
    MACHINES: "",
    KUBEADM_CONTROL_PLANES: "",
    KUBEADM_CONFIGS: "",
    MACHINE_SETS: "",
    MACHINE_DEPLOYMENTS: "",
    MACHINE_HEALTH_CHECKS: "",
    PROVIDERS: "",
    DEPLOYMENTS: PROVIDER_LABEL,
    PODS: PROVIDER_LABEL,
    LEASES: "",
    CUSTOM_RESOURCES: PROVIDER_LABEL,
    MUTATING_WEBHOOKS: PROVIDER_LABEL,
    VALIDATING_WEBHOOKS: PROVIDER_LABEL,
    SERVICES: PROVIDER_LABEL,
    ENDPOINT_SLICES: PROVIDER_LABEL,
    ISSUED_CERTIFICATES: PROVIDER_LABEL,
    EVENTS: "",
}
"""clusterctl labels everything of a provider with ``cluster.x-k8s.io/provider`` (cmd/clusterctl/client/repository/components.go);
EndpointSlices inherit the labels of their Service."""

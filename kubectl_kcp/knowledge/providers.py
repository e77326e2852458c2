"""Providers by the value of their label ``cluster.x-k8s.io/provider``, and how people call them."""

from __future__ import annotations

SHORT_NAMES = {"kcp": "control-plane-kubeadm", "core": "cluster-api", "kbp": "bootstrap-kubeadm", "cabpk": "bootstrap-kubeadm"}
"""``kcp``, ``core`` and ``kbp`` as maintainers write them; ``infra`` is any infrastructure provider."""

CAPI_PROVIDERS = ("cluster-api", "bootstrap-kubeadm", "control-plane-kubeadm", "infrastructure-docker", "infrastructure-in-memory")
"""Released with Cluster API: their version is Cluster API's own."""

RELEASED_TOGETHER = ("cluster-api", "bootstrap-kubeadm", "control-plane-kubeadm")
"""Supported in one version only (docs/book/src/reference/versions.md); the others of a release are for tests."""

DEPLOYMENTS = {
    "capi-controller-manager": "cluster-api",
    "capi-kubeadm-bootstrap-controller-manager": "bootstrap-kubeadm",
    "capi-kubeadm-control-plane-controller-manager": "control-plane-kubeadm",
    "capd-controller-manager": "infrastructure-docker",
    "capim-controller-manager": "infrastructure-in-memory",
    "capa-controller-manager": "infrastructure-aws",
    "capg-controller-manager": "infrastructure-gcp",
    "capo-controller-manager": "infrastructure-openstack",
    "capv-controller-manager": "infrastructure-vsphere",
    "capz-controller-manager": "infrastructure-azure",
    "capm3-controller-manager": "infrastructure-metal3",
    "caip-in-cluster-controller-manager": "ipam-in-cluster",
}
"""Names of providers' Deployments (namePrefix in each one's config/default/kustomization.yaml)."""

_INFRASTRUCTURE, _INFRA = "infrastructure-", "infra-"
REFERRED_TO = ("bootstrap-", "control-plane-", _INFRASTRUCTURE)
"""Beginnings of providers to whose objects Clusters and Machines refer, so that one without such an object has nothing to do
(docs/book/src/developer/providers/contracts)."""


def short_name(provider: str) -> str:
    """``kcp``, ``core``, ``infra-docker``; others in full."""
    for short, full in SHORT_NAMES.items():
        if full == provider:
            return short
    return _INFRA + provider.removeprefix(_INFRASTRUCTURE) if provider.startswith(_INFRASTRUCTURE) else provider


def means(name: str, provider: str) -> bool:
    """Whether ``name``, as a user types it, is this provider: its label's value, a short name, or ``infra``."""
    if name == "infra":
        return provider.startswith(_INFRASTRUCTURE)
    return name in (provider, short_name(provider)) or SHORT_NAMES.get(name) == provider

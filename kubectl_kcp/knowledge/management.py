"""Limits and words for what is wrong with a management cluster's own parts. Each says where it is from."""

from __future__ import annotations

import re
from datetime import timedelta

NOT_READY_AFTER = timedelta(minutes=5)
"""A Pod's start and its first Lease take up to two minutes (a Lease lasts 60 s)."""
FLAPPING_A_DAY = 12.0
"""Changes of a leader in a day, counted over the Lease's life, that are no rollout any more."""
FLAPPING_LEAST = 6
SKEW = 30.0
"""Seconds. The Date header has a resolution of one; tokens and certificates allow for some minutes."""

PULL_REASONS = ("ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull")
CRASH_REASONS = ("CrashLoopBackOff", "RunContainerError", "CreateContainerConfigError", "CreateContainerError")
OOM_REASON = "OOMKilled"
QUANTITY = re.compile(r"(\d+(?:\.\d+)?)([KMGT]i|[kMGT]|)")
"""Of memory, as people write it (apimachinery, pkg/api/resource/quantity.go; exponents are left out)."""
OOM_OLD = timedelta(days=7)
"""A Pod's ``lastState`` stays until its container ends again, be it after months: longer ago than this it is told as info only."""

REMOVED_VERSIONS = {"v1alpha2": "1.0", "v1alpha3": "1.13", "v1alpha4": "1.13"}
"""API versions of Cluster API, and the release that has them no more (CHANGELOG of v1.13)."""
UNSERVED_VERSIONS = {"v1beta1": "1.16"}
"""Served no more from that release on (docs/book/src/developer/providers/migrations)."""
OWN_KINDS: dict[str, tuple[str, ...]] = {
    "cluster.x-k8s.io": (),
    "runtime.cluster.x-k8s.io": (),
    "addons.cluster.x-k8s.io": ("clusterresourcesets", "clusterresourcesetbindings"),
    "bootstrap.cluster.x-k8s.io": ("kubeadmconfigs", "kubeadmconfigtemplates"),
    "controlplane.cluster.x-k8s.io": ("kubeadmcontrolplanes", "kubeadmcontrolplanetemplates"),
    "ipam.cluster.x-k8s.io": ("ipaddresses", "ipaddressclaims"),
}
"""Kinds that Cluster API itself releases, by API group; none are named where the whole group is its own (config/crd of each
controller). In the others lie kinds of other providers, too."""


def is_own_kind(definition: str) -> bool:
    """By the name of a CustomResourceDefinition: ``clusters.cluster.x-k8s.io``."""
    plural, _, group = definition.partition(".")
    own = OWN_KINDS.get(group)
    return own is not None and (not own or plural in own)

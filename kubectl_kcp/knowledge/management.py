"""Limits and words for what is wrong with a management cluster's own parts. Each says where it is from."""

from __future__ import annotations

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

REMOVED_VERSIONS = {"v1alpha2": "1.0", "v1alpha3": "1.13", "v1alpha4": "1.13"}
"""API versions of Cluster API, and the release that has them no more (CHANGELOG of v1.13)."""
UNSERVED_VERSIONS = {"v1beta1": "1.16"}
"""Served no more from that release on (docs/book/src/developer/providers/migrations)."""
CAPI_GROUPS = (
    "cluster.x-k8s.io",
    "bootstrap.cluster.x-k8s.io",
    "controlplane.cluster.x-k8s.io",
    "addons.cluster.x-k8s.io",
    "ipam.cluster.x-k8s.io",
    "runtime.cluster.x-k8s.io",
)
"""API groups that Cluster API itself releases."""

"""What an upgrade would do, by version. Each row's source stands in ``findings/upgrade_entries.py``."""

from __future__ import annotations

from kubectl_kcp.model.version import Version

MOST_SKIPPED = 3
"""Minor versions from one release to the next that are supported."""

ROLLS_FROM, ROLLS_NOT_BELOW, ROLLS_FIXED = Version(1, 12), Version(1, 11), Version(1, 14, 2)
"""KubeadmConfigs of 1.11 and earlier can lack joinConfiguration.controlPlane; releases from 1.12 on, up to the fix, roll such Machines."""

KUBELET_CHANGE = {(1, 33): 12, (1, 34): 8, (1, 35): 5, (1, 36): 1}
"""Kubernetes minor → first patch whose API server's client may not proxy to kubelets any more; every later minor, too."""
KUBELET_FIXED = {(1, 11): 11, (1, 12): 8, (1, 13): 2}
"""Cluster API minor → first patch that gives that client its rights; every later minor, too."""

FIRST_KUBERNETES_MINOR = 20
"""A version 1.20 or newer can only be Kubernetes': Cluster API's newest minor is 14."""


def kubelets_change(kubernetes: Version) -> bool:
    """Whether this Kubernetes takes the rights away."""
    minor = (kubernetes.major, kubernetes.minor)
    first = KUBELET_CHANGE.get(minor)
    return kubernetes.patch >= first if first is not None else minor > max(KUBELET_CHANGE)


def gives_rights(capi: Version) -> bool:
    """Whether this Cluster API gives them back."""
    minor = (capi.major, capi.minor)
    first = KUBELET_FIXED.get(minor)
    return capi.patch >= first if first is not None else minor > max(KUBELET_FIXED)

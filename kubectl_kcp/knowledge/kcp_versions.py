"""How each KubeadmControlPlane controller gets the client credential for a workload cluster's etcd.

A new version is a new row. Sources are pull requests and files of kubernetes-sigs/cluster-api.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from functools import lru_cache

from msgspec import Struct

from kubectl_kcp.model.version import Version


class Caching(str, Enum):
    """What the controller's process keeps: nothing, the private key, or key and certificate."""

    NOTHING = "nothing"
    KEY = "key"
    CREDENTIAL = "credential"


class Behaviour(Struct, frozen=True):
    """``first`` up to, not including, ``before``; on the release branches in ``patched`` from the given patch on."""

    first: Version
    before: Version | None
    caching: Caching
    what: str
    source: str
    ttl: timedelta | None = None
    patched: tuple[Version, ...] = ()


def _v(text: str) -> Version:
    version = Version.parse(text)
    assert version is not None
    return version


FIX_8602 = "v1.4.3"
"""The first release of the 1.4 branch with PR 8617; 1.3.10 carries it too."""

BEHAVIOURS = (
    Behaviour(
        _v("0.3.0-0"),
        _v("1.4.3"),
        Caching.NOTHING,
        "makes a new RSA key and certificate up to 4 times in each reconcile",
        "issue 8602; controlplane/kubeadm/internal/cluster.go, generateClientCert",
    ),
    Behaviour(
        _v("1.4.3"),
        _v("1.9.0-0"),
        Caching.KEY,
        "caches the private key once per cluster, signs a new certificate with the current CA in each reconcile",
        "PR 8617; ClusterCacheTracker.GetEtcdClientCertificateKey",
        patched=(_v("1.3.10"),),
    ),
    Behaviour(
        _v("1.9.0-0"),
        _v("1.12.0-0"),
        Caching.KEY,
        "caches the private key once per cluster, signs a new certificate with the current CA in each reconcile",
        "ClusterCache.GetClientCertificatePrivateKey",
    ),
    Behaviour(
        _v("1.12.0-0"),
        _v("1.15.0-0"),
        Caching.CREDENTIAL,
        "caches key and certificate for 24 h by namespace, name, Cluster UID and key algorithm",
        "PR 12846, PR 12977; controlplane/kubeadm/pkg/cluster.go, ClientCertCache",
        ttl=timedelta(hours=24),
    ),
)


OTHER_CONTROL_PLANES = {
    "RKE2ControlPlane": "its own controller talks to etcd, and before PR 949 of cluster-api-provider-rke2 cached a credential by namespace "
    "and name: a cluster re-created under the same name met the old one (its issue 919) until that controller was restarted",
}
"""Kinds of other control planes whose controllers cache an etcd credential, too, and what is known of it."""


@lru_cache(maxsize=64)
def behaviour(version: Version | None) -> Behaviour | None:
    """None for an unknown version: one that is newer than the table, or none at all."""
    if version is None:
        return None
    for row in BEHAVIOURS:
        for patch in row.patched:
            if (version.major, version.minor) == (patch.major, patch.minor) and patch <= version:
                return row
    for row in BEHAVIOURS:
        if row.first <= version and (row.before is None or version < row.before):
            return row
    return None

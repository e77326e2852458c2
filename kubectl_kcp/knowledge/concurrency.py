"""Which flag says how many workers a reconciler of Cluster API has."""

from __future__ import annotations

LEAST = 10
"""The least that any of these flags is by itself (core/main.go of v1.14: --clusterclass-concurrency)."""

OF_OTHER_NAME = {"topology/cluster": "clustertopology-concurrency", "clusterresourcesetbinding": "clusterresourceset-concurrency"}
OF_THEIR_NAME = (
    "cluster",
    "clustercache",
    "clusterclass",
    "clusterresourceset",
    "extensionconfig",
    "kubeadmconfig",
    "kubeadmcontrolplane",
    "machine",
    "machinedeployment",
    "machinehealthcheck",
    "machinepool",
    "machineset",
)
FLAGS = {**{name: f"{name}-concurrency" for name in OF_THEIR_NAME}, **OF_OTHER_NAME}
"""By the name that metrics call the reconciler (core/main.go, bootstrap/kubeadm/main.go, controlplane/kubeadm/main.go). Others have a
number of workers that no flag changes."""

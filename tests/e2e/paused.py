"""A cluster that its controllers leave alone, for what one need not be real for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tests.e2e.client import Client, Refused

CLUSTERS = "/apis/cluster.x-k8s.io/v1beta2/namespaces/{}/clusters"
PLANES = "/apis/controlplane.cluster.x-k8s.io/v1beta2/namespaces/{}/kubeadmcontrolplanes"


@contextlib.contextmanager
def paused_cluster(client: Client, namespace: str, initialized: bool = False) -> Iterator[None]:
    """``new`` in a Namespace of its own, made like ``real/w1``."""
    client.apply_documents(f"{{apiVersion: v1, kind: Namespace, metadata: {{name: {namespace}}}}}")
    cluster, plane = client.get(f"{CLUSTERS.format('real')}/w1"), client.get(f"{PLANES.format('real')}/w1-cp")
    clusters, planes = CLUSTERS.format(namespace), PLANES.format(namespace)
    try:
        meta: dict[str, Any] = {"name": "new", "namespace": namespace}
        references = {key: {**cluster["spec"][key], "name": "new"} for key in ("controlPlaneRef", "infrastructureRef")}
        spec = {"paused": True, **references}
        client.create(clusters, {"apiVersion": cluster["apiVersion"], "kind": "Cluster", "metadata": meta, "spec": spec})
        meta["labels"] = {"cluster.x-k8s.io/cluster-name": "new"}
        client.create(planes, {"apiVersion": plane["apiVersion"], "kind": plane["kind"], "metadata": meta, "spec": plane["spec"]})
        if initialized:
            client.patch(f"{planes}/new/status", {"status": {"initialization": {"controlPlaneInitialized": True}}})
        yield
    finally:
        for path in (f"{planes}/new", f"{clusters}/new"):
            remove(client, path)


def remove(client: Client, path: str) -> None:
    """At once, whoever holds it by a finalizer; it may be gone already."""
    with contextlib.suppress(Refused):
        client.delete(path)
        client.patch(path, {"metadata": {"finalizers": None}})

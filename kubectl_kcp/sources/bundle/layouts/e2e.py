"""Artifacts of Cluster API's end-to-end tests, of one management cluster: ``resources/NS/Kind/NAME.yaml``,
``logs/NS/DEPLOYMENT/POD/CONTAINER.log``, ``metrics/NS/DEPLOYMENT/POD/metrics.txt``.

The controllers' Deployments and Pods are not among them; they are known by the folders of their logs, so that an object is made of what
these tell: names, labels, node. No Lease tells who leads."""

from __future__ import annotations

import re

from kubectl_kcp.knowledge.providers import DEPLOYMENTS
from kubectl_kcp.knowledge.resources import PROVIDER_LABEL
from kubectl_kcp.kube.objects import text
from kubectl_kcp.kube.resources import Object
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.sources.bundle.layouts.parts import RESOURCES, Parts, Tree, documents

_OBJECT = re.compile(r"resources/[^/]+/(?P<kind>[A-Z][A-Za-z0-9]+)/[^/]+\.yaml")
_LOG = re.compile(r"logs/(?P<namespace>[^/]+)/(?P<deployment>[^/]+)/(?P<pod>[^/]+)/(?P<container>[^/]+)\.log")
_PAGE = re.compile(r"metrics/(?P<namespace>[^/]+)/(?P<deployment>[^/]+)/(?P<pod>[^/]+)/metrics\.txt")
OF = "kubectl-kcp/deployment"
_OF_PROVIDERS = {res.plural for res in RESOURCES if res.group.endswith("cluster.x-k8s.io")}


def read(tree: Tree, root: str, paths: list[str]) -> Parts:
    """All kinds of Cluster API's providers are dumped, of the namespaces of the specs that ran."""
    parts = Parts(held=_OF_PROVIDERS - {"providers"})
    kinds = {res.kind for res in RESOURCES}
    for path in paths:
        inside = path.removeprefix(root)
        found = _OBJECT.fullmatch(inside)
        if found is not None and found["kind"] in kinds:
            for obj in documents(tree, path, parts):
                parts.add(obj)
        m = _LOG.fullmatch(inside) or _PAGE.fullmatch(inside)
        if m is None or m["deployment"] not in DEPLOYMENTS:
            continue
        ref = Ref(m["namespace"], m["pod"])
        container = m.groupdict().get("container", "manager")
        if container == "manager" or "container" not in m.groupdict():
            (parts.logs if "container" in m.groupdict() else parts.pages)[ref] = path
            _controller(parts, m["deployment"], ref, _node(tree, path.removesuffix(".log") + "-log-metadata.json", paths, parts))
    return parts


def _node(tree: Tree, path: str, paths: list[str], parts: Parts) -> str:
    for told in documents(tree, path, parts) if path in paths else ():
        return text(told, "node_name") or text(told, "nodeName") if isinstance(told, dict) else ""
    return ""


def _controller(parts: Parts, deployment: str, pod: Ref, node: str) -> None:
    labels = {PROVIDER_LABEL: DEPLOYMENTS[deployment], OF: deployment}
    containers = [{"name": "manager"}]
    made: tuple[Object, ...] = (
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"namespace": pod.namespace, "name": deployment, "labels": labels},
            "spec": {"replicas": 1, "selector": {"matchLabels": {OF: deployment}}, "template": {"spec": {"containers": containers}}},
        },
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"namespace": pod.namespace, "name": pod.name, "labels": labels},
            "spec": {"containers": containers, **({"nodeName": node} if node else {})},
        },
    )
    for obj in made:
        parts.add(obj)

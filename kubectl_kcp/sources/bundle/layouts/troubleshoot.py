"""A support bundle (troubleshoot.sh): ``cluster-resources/KIND/NAMESPACE.json``, custom resources by their CRD, logs by Pod."""

from __future__ import annotations

import re

from kubectl_kcp.kube.objects import section, text
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.sources.bundle.layouts.parts import PLURALS, RESOURCES, Parts, Tree, documents

FOLDER = "cluster-resources/"
BUILT_IN = {"pods": ("", "Pod"), "services": ("", "Service"), "deployments": ("apps", "Deployment")}
BUILT_IN |= {"leases": ("coordination.k8s.io", "Lease"), "endpointslices": ("discovery.k8s.io", "EndpointSlice")}
"""Folders of kinds that no CRD defines: group and kind, which older versions leave out of the items."""
_LOG = re.compile(r"(?:.*/)?(?P<pod>[^/]+)/(?P<container>[^/]+)\.log")
_ALONE = re.compile(r"(?:.*/)?(?P<pod>[^/]+)\.log")
_CRDS = "custom-resource-definitions"
NOT_LOGS = ("-previous.log", "-logs-errors.log", "-errors.log")


def read(tree: Tree, root: str, paths: list[str]) -> Parts:
    parts = Parts()
    base = root + FOLDER
    for path in paths:
        inside = path.removeprefix(base) if path.startswith(base) else ""
        folder, _, rest = inside.partition("/")
        if not inside.endswith((".json", ".yaml")) or inside.endswith(("-errors.json", "-errors.yaml")):
            continue
        if folder in BUILT_IN and "/" not in rest:
            group, kind = BUILT_IN[folder]
            parts.held.add(PLURALS[group, kind])
            for obj in documents(tree, path, parts):
                parts.add(obj, kind, group)
        elif inside in (f"{_CRDS}.json", f"{_CRDS}.yaml"):
            _definitions(tree, path, parts)
        elif folder in ("custom-resources", "events"):
            for obj in documents(tree, path, parts):
                parts.add(obj)
    parts.logs = _logs(paths, parts)
    version = f"{root}cluster-info/cluster_version.json"
    for obj in documents(tree, version, parts) if version in paths else ():
        parts.version = text(section(obj, "info"), "gitVersion") or text(obj, "string") if isinstance(obj, dict) else ""
    return parts


def _definitions(tree: Tree, path: str, parts: Parts) -> None:
    """A kind that is defined, and has no file, has no objects."""
    by_name = {f"{res.plural}.{res.group}": res.plural for res in RESOURCES if res.group.endswith(("x-k8s.io", "cert-manager.io"))}
    for obj in documents(tree, path, parts):
        parts.add(obj, "CustomResourceDefinition", "apiextensions.k8s.io")
        name = text(section(obj, "metadata"), "name") if isinstance(obj, dict) else ""
        if name in by_name:
            parts.held.add(by_name[name])


def _logs(paths: list[str], parts: Parts) -> dict[Ref, str]:
    """Wherever a collector was told to put them: the folder or the file is called as the Pod. The manager's before a sidecar's."""
    by_name = {name: Ref(namespace, name) for namespace, name in parts.objects.get("pods", {})}
    found: dict[Ref, tuple[bool, str]] = {}
    for path in paths:
        if path.endswith(NOT_LOGS):
            continue
        m = _LOG.fullmatch(path)
        if m is not None and m["pod"] in by_name:
            ref, manager = by_name[m["pod"]], m["container"] == "manager"
        elif (m := _ALONE.fullmatch(path)) is not None and m["pod"] in by_name:
            ref, manager = by_name[m["pod"]], False
        else:
            continue
        if ref not in found or (manager and not found[ref][0]):
            found[ref] = manager, path
    return {ref: path for ref, (_, path) in found.items()}

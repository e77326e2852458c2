"""crust-gather: ``namespaces/NS/VERSION/kind/NAME.yaml``, ``cluster/VERSION/kind/NAME.yaml``, logs below their Pod. All kinds are in it,
Secrets too: of these our reader keeps the public part."""

from __future__ import annotations

import re

from kubectl_kcp.kube.objects import text
from kubectl_kcp.kube.times import parse_time
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.sources.bundle.layouts.parts import RESOURCES, Parts, Tree, documents

_OBJECT = re.compile(r"(?:namespaces/[^/]+|cluster)/[a-z0-9.-]*v\d[a-z0-9]*/(?P<kind>[a-z0-9]+)/[^/]+\.(?:yaml|json)")
_LOG = re.compile(r"namespaces/(?P<namespace>[^/]+)/v1/pod/(?P<pod>[^/]+)/(?P<container>[^/]+)/current\.log")
_WANTED = frozenset((*(res.kind.lower() for res in RESOURCES), "event"))


def read(tree: Tree, root: str, paths: list[str]) -> Parts:
    """Every kind counts as held: the tool lists all that the API server has."""
    parts = Parts()
    parts.held = {res.plural for res in RESOURCES}
    managers: set[Ref] = set()
    for path in paths:
        inside = path.removeprefix(root)
        found = _OBJECT.fullmatch(inside)
        if found is not None and found["kind"] in _WANTED:
            for obj in documents(tree, path, parts):
                parts.add(obj)
        log = _LOG.fullmatch(inside)
        if log is not None and Ref(log["namespace"], log["pod"]) not in managers:
            ref = Ref(log["namespace"], log["pod"])
            parts.logs[ref] = path
            managers |= {ref} if log["container"] == "manager" else set()
    if f"{root}version.yaml" in paths:
        for obj in documents(tree, f"{root}version.yaml", parts):
            parts.version = text(obj, "gitVersion") if isinstance(obj, dict) else ""
    if f"{root}collected.timestamp" in paths:
        with tree.open(f"{root}collected.timestamp") as f:
            stamp = f.read(100).decode("ascii", "replace").strip('\0"\n ').removesuffix(" UTC")
        parts.at = parse_time(stamp.replace(" ", "T", 1) + "Z")
    return parts

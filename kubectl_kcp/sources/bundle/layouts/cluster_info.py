"""``kubectl cluster-info dump --output-directory``: ``NAMESPACE/KIND.json``, and one log of each Pod with all its containers."""

from __future__ import annotations

import re

from kubectl_kcp.model.reference import Ref
from kubectl_kcp.sources.bundle.layouts.parts import PLURALS, Parts, Tree, documents

KINDS = {"pods": ("", "Pod"), "services": ("", "Service"), "deployments": ("apps", "Deployment"), "events": ("", "Event")}
"""By the file's name. Typed lists: their items name neither kind nor version."""
_FILE = re.compile(r"[^/]+/(?P<kind>[a-z-]+)\.(?:json|yaml)")
_LOG = re.compile(r"(?P<namespace>[^/]+)/(?P<pod>[^/]+)/logs\.txt")
_SECTION = re.compile(
    rb"^==== START logs for container (?P<container>\S+) of pod \S+ ====\n(?P<log>.*?)^==== END logs for container (?P=container) of pod ",
    re.DOTALL | re.MULTILINE,
)


def read(tree: Tree, root: str, paths: list[str]) -> Parts:
    parts = Parts(read_log=of_manager)
    for path in paths:
        inside = path.removeprefix(root)
        found = _FILE.fullmatch(inside)
        if found is not None and found["kind"] in KINDS:
            group, kind = KINDS[found["kind"]]
            parts.held |= {PLURALS[group, kind]} if (group, kind) in PLURALS else set()
            for obj in documents(tree, path, parts):
                parts.add(obj, kind, group)
        log = _LOG.fullmatch(inside)
        if log is not None:
            parts.logs[Ref(log["namespace"], log["pod"])] = path
    return parts


def of_manager(data: bytes, path: str) -> bytes:
    """The log of container ``manager``, else of the last one: init containers stand first."""
    sections = {m["container"]: m["log"] for m in _SECTION.finditer(data)}
    return sections.get(b"manager", next(reversed(sections.values()), b""))

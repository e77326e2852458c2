"""Bundles that others make, each told by its layout: a row of LAYOUTS."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from kubectl_kcp.errors import BadInput
from kubectl_kcp.sources.bundle.folder import METRICS, PROFILES, RATES
from kubectl_kcp.sources.bundle.layouts import cluster_info, crust_gather, e2e, troubleshoot
from kubectl_kcp.sources.bundle.layouts.parts import Parts, Translated, Tree


class Layout(Struct, frozen=True):
    """``mark`` fits a path that no other layout has; what it calls ``root`` is the folder that the others are below. ``lacks`` says
    what such a bundle never holds. ``source`` is where the layout was read."""

    name: str
    mark: re.Pattern[str]
    read: Callable[[Tree, str, list[str]], Parts]
    lacks: tuple[str, ...]
    source: str


LAYOUTS = (
    Layout(
        "troubleshoot's support bundle",
        re.compile(r"(?P<root>(?:.*/)?)cluster-resources/(?:pods|deployments|custom-resources)/.+"),
        troubleshoot.read,
        (
            "Secrets",
            PROFILES,
            METRICS,
            "webhook configurations",
            "Leases in older versions",
            "logs of healthy Pods, unless they were asked for",
        ),
        "replicatedhq/troubleshoot pkg/collect/cluster_resources.go, cluster_info.go, logs.go",
    ),
    Layout(
        "crust-gather's archive",
        re.compile(r"(?P<root>(?:.*/)?)namespaces/[^/]+/[a-z0-9.-]*v\d[a-z0-9]*/[a-z]+/[^/]+\.(?:yaml|json)"),
        crust_gather.read,
        (PROFILES, METRICS),
        "crust-gather/crust-gather src/gather/representation.rs, src/scanners/info.rs",
    ),
    Layout(
        "artifacts of Cluster API's end-to-end tests",
        re.compile(r"(?P<root>(?:.*/)?)resources/[^/]+/Cluster/[^/]+\.yaml"),
        e2e.read,
        (
            "Secrets",
            PROFILES,
            RATES,
            "Leases",
            "CRDs and webhook configurations",
            "Deployments and Pods of the controllers but for their logs' names",
        ),
        "kubernetes-sigs/cluster-api test/framework: alltypes_helpers.go, deployment_helpers.go, spec_helpers.go",
    ),
    Layout(
        "kubectl cluster-info dump",
        re.compile(r"(?P<root>(?:.*/)?)[^/]+/replication-controllers\.(?:json|yaml)"),
        cluster_info.read,
        (
            "custom resources: clusters, control planes, Machines",
            "Secrets",
            "Leases",
            PROFILES,
            METRICS,
            "namespaces that were not asked for",
        ),
        "kubernetes/kubectl pkg/cmd/clusterinfo/clusterinfo_dump.go",
    ),
)


def recognised(tree: Tree) -> Translated | None:
    """The files as a bundle's; None where they are of no known layout. Raises BadInput where it is not clear which bundle is meant."""
    paths = tree.paths()
    for layout in LAYOUTS:
        roots = sorted({m["root"] for p in paths if (m := layout.mark.fullmatch(p)) is not None})
        if not roots:
            continue
        if len(roots) > 1:
            several = ", ".join(r.rstrip("/") or "." for r in roots[:10])
            raise BadInput(
                f"bundle {tree.name}: {layout.name} of several management clusters: {several}", "unpack it and name the folder of one"
            )
        mine = [p for p in paths if p.startswith(roots[0])]
        return Translated(tree, layout.read(tree, roots[0], mine), layout.name, layout.lacks)
    return None

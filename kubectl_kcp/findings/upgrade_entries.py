"""Findings of ``doctor --before-upgrade``: what stands in the way of an upgrade, and what it would do."""

from __future__ import annotations

from kubectl_kcp.advice import advice
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.model.finding import Severity

SKIPS, BACK, NEEDS_KUBERNETES, REMOVES, ROLLS, FIXES = (
    "upgrade-skips-too-much",
    "upgrade-goes-back",
    "upgrade-not-supported-by-versions",
    "upgrade-removes-api-version",
    "upgrade-rolls-control-plane",
    "upgrade-fixes",
)
KUBELETS = "upgrade-cuts-api-server-from-kubelets"

ENTRIES = (
    Entry(
        SKIPS,
        "the upgrade skips more minor versions than Cluster API supports",
        Severity.ERROR,
        "Conversions and migrations are tested over three minor versions at most.",
        advice("upgrade in steps of three minor versions or fewer"),
        "",
        "docs/book/src/reference/versions.md, skip upgrades",
    ),
    Entry(
        BACK,
        "the version is older than the one that runs",
        Severity.ERROR,
        "Cluster API supports no downgrade: objects may be stored in versions that the older release does not know.",
        advice("choose a newer version"),
        "",
        "docs/book/src/reference/versions.md, downgrades",
    ),
    Entry(
        NEEDS_KUBERNETES,
        "Cluster API and Kubernetes would not support each other after the upgrade",
        Severity.ERROR,
        "What is not supported is not tested; some versions cannot work together at all.",
        advice("upgrade the other one first"),
        "",
        "docs/book/src/reference/versions.md, support matrix; CHANGELOG of each release",
    ),
    Entry(
        REMOVES,
        "the upgrade removes an API version that is still stored or written",
        Severity.ERROR,
        "An API server refuses a CustomResourceDefinition that lacks a version which is still stored. Whoever writes a version that is no "
        "longer served fails.",
        advice("store the objects anew, and change the writers to v1beta2"),
        "v1alpha3 and v1alpha4 are gone in v1.13, v1beta1 is not served from v1.16 on",
        "CHANGELOG of v1.13; issue 11920",
    ),
    Entry(
        ROLLS,
        "the upgrade rolls this control plane out",
        Severity.WARNING,
        "From v1.12 on KCP takes a KubeadmConfig without joinConfiguration.controlPlane for the first Machine's, and replaces a Machine "
        "that joined with it.",
        advice("upgrade to v1.14.2 or later, which do not roll; or expect a rollout"),
        "from v1.11 and earlier to v1.12.0 up to, not including, v1.14.2",
        "pull request 14167; controlplane/kubeadm/pkg/filters.go",
    ),
    Entry(
        FIXES,
        "faults that the upgrade fixes",
        Severity.INFO,
        "The version that runs now has them.",
        advice(),
        "",
        "CHANGELOG of each release, Bug Fixes",
    ),
    Entry(
        KUBELETS,
        "after the upgrade of Kubernetes its API servers could not reach kubelets",
        Severity.ERROR,
        "Port-forwards, logs and exec fail then, and with them KCP's way to etcd: it would not go on with the rollout.",
        advice("upgrade Cluster API to v1.11.11, v1.12.8, v1.13.2 or later first"),
        "before v1.11.11, v1.12.8, v1.13.2",
        "CHANGELOG of v1.11.11, v1.12.8 and v1.13.2",
    ),
)

"""Versions: what is supported, what is lacking, what a newer one would bring."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from kubectl_kcp.findings.upgrade import upgrade_findings
from kubectl_kcp.findings.versions import version_findings
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.kube.resources import Resource
from kubectl_kcp.model.version import Version
from tests.unit.findings.estate import Json, cluster, deployment, estate, lease, machine, obj, plane, pod

Objects = dict[Resource, list[Json]]


def world(version: str = "v1.13.4", *, runs: str = "v1.34.1", **more: list[Json]) -> Objects:
    made = [deployment(version=version), deployment("cluster-api", version)]
    pods = [pod(version=version), pod("cluster-api", version)]
    planes = [plane("c1", spec={"version": runs})]
    return {r.DEPLOYMENTS: made, r.PODS: pods, r.LEASES: [lease()], r.CLUSTERS: [cluster()], r.KUBEADM_CONTROL_PLANES: planes}


def codes(objects: Objects, kubernetes: str = "v1.34.0", skew: float | None = 0.0) -> list[str]:
    return [f.code for f in version_findings(estate(objects, kubernetes, skew))]


def before(objects: Objects, target: str, kubernetes: str = "v1.34.0") -> list[str]:
    version = Version.parse(target)
    assert version is not None
    return [f.code for f in upgrade_findings(estate(objects, kubernetes), version) if f.code != "upgrade-fixes"]


def test_supported_versions_are_silent() -> None:
    assert codes(world()) == []


@pytest.mark.parametrize(("kubernetes", "expected"), [("v1.31.9", 1), ("v1.32.0", 0), ("v1.36.2", 0), ("v1.37.0", 1), ("", 0)])
def test_the_management_clusters_kubernetes(kubernetes: str, expected: int) -> None:
    assert codes(world("v1.13.4"), kubernetes).count("kubernetes-not-supported") == expected


@pytest.mark.parametrize(("runs", "expected"), [("v1.29.9", 1), ("v1.30.0", 0), ("v1.36.0", 0), ("v1.37.0", 1)])
def test_a_workload_clusters_kubernetes(runs: str, expected: int) -> None:
    assert codes(world("v1.13.4", runs=runs)).count("kubernetes-not-supported") == expected


def test_of_a_version_that_is_not_known_nothing_is_said() -> None:
    assert codes(world("v9.9.9", runs="v1.20.0"), "v1.20.0") == []
    assert codes(world("latest", runs="v1.20.0"), "v1.20.0") == []


def test_an_old_patch_lacks_fixes() -> None:
    (seen,) = version_findings(estate(world("v1.12.3", runs="v1.34.0"), "v1.34.0"))
    assert seen.code == "release-lacks-fixes"
    assert any("#13355" in e.text for e in seen.evidence)
    assert seen.severity.value == "info"


def on(day: str, version: str) -> list[str]:
    when = dt.datetime.fromisoformat(f"{day}T12:00:00+00:00")
    made = replace(estate(world(version, runs="v1.32.0"), "v1.32.0"), now=when)
    return [f.seen for f in version_findings(made) if f.code == "version-out-of-support"]


def test_a_minor_whose_support_has_ended() -> None:
    (seen,) = on("2026-08-18", "v1.11.12")
    assert seen == "it runs v1.11.12; support for v1.11 ended on 2026-08-18, when v1.14.0 was released"
    assert on("2026-08-17", "v1.11.12") == [], "of a recording by its own day"
    assert on("2026-11-27", "v1.12.9") == [], "in maintenance"
    assert on("2030-01-01", "v1.15.0") == [], "newer than what is known here"


def definition(*stored: str, group: str = "cluster.x-k8s.io") -> Json:
    return obj("CustomResourceDefinition", f"clusters.{group}", {"group": group}, {"storedVersions": list(stored)}, namespace="")


def test_stored_versions_that_are_gone_later() -> None:
    assert codes({**world(), r.CUSTOM_RESOURCES: [definition("v1alpha4", "v1beta1")]}) == ["crd-stores-removed-version"]
    assert codes({**world(), r.CUSTOM_RESOURCES: [definition("v1beta1", "v1beta2")]}) == []
    assert codes({**world(), r.CUSTOM_RESOURCES: [definition("v1alpha4", group="infrastructure.cluster.x-k8s.io")]}) == []
    others = ("taloscontrolplanes.controlplane.cluster.x-k8s.io", "talosconfigs.bootstrap.cluster.x-k8s.io")
    talos = [obj("CustomResourceDefinition", name, {}, {"storedVersions": ["v1alpha3"]}, namespace="") for name in others]
    assert codes({**world(), r.CUSTOM_RESOURCES: talos}) == [], "another provider's versions"


def test_managed_fields_that_some_objects_lost() -> None:
    kept = machine("m1", node="n1", managedFields=[{"manager": "m"}])
    assert codes({**world(), r.MACHINES: [kept, machine("m2", node="n2")]}) == ["managed-fields-lost"]
    assert codes({**world(), r.MACHINES: [kept]}) == []
    assert codes({**world(), r.MACHINES: [machine("m1", node="n1"), machine("m2", node="n2")]}) == []  # left out when they were read


def test_an_upgrade_that_is_fine() -> None:
    assert before(world("v1.13.4"), "v1.14.2") == []


def test_back_and_too_far() -> None:
    assert before(world("v1.13.4"), "v1.12.9") == ["upgrade-goes-back"]
    assert before(world("v1.10.3", runs="v1.33.0"), "v1.13.4", "v1.33.0") == []
    assert before(world("v1.9.3", runs="v1.32.0"), "v1.13.4", "v1.32.0") == ["upgrade-skips-too-much"]


def test_kubernetes_that_the_new_version_does_not_support() -> None:
    assert before(world("v1.13.4", runs="v1.30.0"), "v1.14.2") == ["upgrade-not-supported-by-versions"]
    assert before(world("v1.13.4"), "v1.14.2", kubernetes="v1.32.0") == ["upgrade-not-supported-by-versions"]
    assert before(world("v1.13.4"), "v1.37.0") == ["upgrade-not-supported-by-versions"]
    assert before(world("v1.13.4"), "v1.35.3") == []


@pytest.mark.parametrize(
    ("capi", "kubernetes", "cut"),
    [
        ("v1.12.7", "v1.33.12", True),
        ("v1.12.7", "v1.33.11", False),
        ("v1.12.8", "v1.33.12", False),
        ("v1.13.1", "v1.35.5", True),
        ("v1.13.2", "v1.35.5", False),
        ("v1.14.2", "v1.36.1", False),
    ],
)
def test_kubelets_that_would_refuse_the_api_server(capi: str, kubernetes: str, cut: bool) -> None:
    assert ("upgrade-cuts-api-server-from-kubelets" in before(world(capi), kubernetes)) is cut


def joined(name: str, spec: Json) -> tuple[Json, Json]:
    config = obj("KubeadmConfig", name, spec)
    return config, machine(name, node=name, spec={"bootstrap": {"configRef": {"kind": "KubeadmConfig", "name": name}}})


def test_control_planes_that_an_upgrade_rolls_out() -> None:
    first = joined("m0", {"initConfiguration": {}, "clusterConfiguration": {}})
    good = joined("m1", {"joinConfiguration": {"controlPlane": {}}})
    bad = joined("m2", {"joinConfiguration": {"nodeRegistration": {}}})

    def objects(*pairs: tuple[Json, Json]) -> Objects:
        made = world("v1.11.3", runs="v1.33.0")
        return {**made, r.KUBEADM_CONFIGS: [c for c, _ in pairs], r.MACHINES: [m for _, m in pairs]}

    assert before(objects(first, good, bad), "v1.12.8", "v1.33.0") == ["upgrade-rolls-control-plane"]
    assert before(objects(first, good), "v1.12.8", "v1.33.0") == []
    assert before(objects(first, good, bad), "v1.14.2", "v1.33.0") == []  # fixed there
    assert before(objects(first, good, bad), "v1.11.9", "v1.33.0") == []


def test_api_versions_that_an_upgrade_removes() -> None:
    stored = {**world("v1.12.8"), r.CUSTOM_RESOURCES: [definition("v1alpha4", "v1beta1")]}
    assert before(stored, "v1.13.4") == ["upgrade-removes-api-version"]
    assert before(stored, "v1.12.9") == []
    writer = {"manager": "argocd", "apiVersion": "cluster.x-k8s.io/v1beta1"}
    written = {**world("v1.14.2"), r.MACHINES: [machine("m1", node="n1", managedFields=[writer])]}
    assert before(written, "v1.16.0") == ["upgrade-removes-api-version"]
    assert before(written, "v1.15.0") == []

"""A recording of ours as other tools would have collected it: each function writes a folder in one tool's layout."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]
BUILT_IN = {"pods": "Pod", "deployments": "Deployment", "services": "Service", "leases": "Lease", "secrets": "Secret"}
CLUSTER_API = ("clusters", "machines", "kubeadmcontrolplanes", "kubeadmconfigs", "devclusters", "devmachines")


def dumped(value: Any) -> str:
    """YAML, by the quick writer where there is one."""
    text: str = yaml.dump(value, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper))
    return text


def items(case: Path, plural: str) -> list[Json]:
    path = case / "objects" / f"{plural}.json"
    found: list[Json] = json.loads(path.read_text())["items"] if path.exists() else []
    return found


def pods_logs(case: Path) -> list[tuple[str, str, str, str, Path]]:
    """Namespace, Deployment, Pod, log, and the folder of it, of each controller."""
    found = []
    for folder in sorted((case / "controllers").iterdir()):
        told = json.loads((folder / "identity.json").read_text())
        found.append((told["namespace"], told["deployment"], told["pod"], (folder / "log.txt").read_text(), folder))
    return found


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def cluster_info(case: Path, to: Path) -> None:
    """kubectl cluster-info dump --all-namespaces --output-directory (kubectl pkg/cmd/clusterinfo): typed lists."""
    write(to / "nodes.json", json.dumps({"kind": "NodeList", "apiVersion": "v1", "metadata": {}, "items": []}))
    for namespace in {n["metadata"]["name"] for n in items(case, "namespaces")}:
        kinds = ("events", "replication-controllers", "services", "daemonsets", "deployments", "replicasets", "pods")
        for file in kinds:
            mine = [o for o in items(case, file) if o["metadata"].get("namespace") == namespace]
            bare = [{k: v for k, v in o.items() if k not in ("kind", "apiVersion")} for o in mine]
            write(
                to / namespace / f"{file}.json", json.dumps({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": bare}, indent=4)
            )
    for namespace, _, pod, log, _ in pods_logs(case):
        head = f"logs for container manager of pod {namespace}/{pod} ====\n"
        write(to / namespace / pod / "logs.txt", f"==== START {head}{log}==== END {head}")


def troubleshoot(case: Path, to: Path) -> None:
    """support-bundle of troubleshoot.sh, unpacked: lists by namespace, custom resources as YAML lists by CRD."""
    root = to / "support-bundle-2026-11-23T22_13_50"
    resources = root / "cluster-resources"
    write(root / "version.yaml", "apiVersion: troubleshoot.sh/v1beta2\nkind: SupportBundle\nspec:\n  versionNumber: 0.120.0\n")
    version = json.loads((case / "version.json").read_text())
    write(root / "cluster-info/cluster_version.json", json.dumps({"info": version, "string": version["gitVersion"]}))
    for plural in ("pods", "deployments", "services", "leases"):
        for namespace in {o["metadata"]["namespace"] for o in items(case, plural)}:
            mine = [o for o in items(case, plural) if o["metadata"]["namespace"] == namespace]
            write(resources / plural / f"{namespace}.json", json.dumps({"kind": "List", "apiVersion": "v1", "items": mine}))
        write(resources / f"{plural}-errors.json", "null")
    definitions = items(case, "customresourcedefinitions")
    write(resources / "custom-resource-definitions.json", json.dumps({"kind": "List", "items": definitions}))
    for definition in definitions:
        plural = definition["spec"]["names"]["plural"]
        for namespace in {o["metadata"].get("namespace", "") for o in items(case, plural)}:
            mine = [o for o in items(case, plural) if o["metadata"].get("namespace", "") == namespace]
            write(resources / "custom-resources" / definition["metadata"]["name"] / f"{namespace}.yaml", dumped(mine))
    for namespace, deployment, pod, log, _ in pods_logs(case):
        write(resources / "pods/logs" / namespace / pod / "manager.log", log)
        (root / "logs" / deployment / pod).mkdir(parents=True)
        (root / "logs" / deployment / pod / "manager.log").symlink_to(resources / "pods/logs" / namespace / pod / "manager.log")


def crust_gather(case: Path, to: Path) -> None:
    """kubectl crust-gather collect: a file an object, of every kind, below its namespace and version."""
    version = json.loads((case / "version.json").read_text())
    write(to / "version.yaml", dumped(version))
    write(to / "collected.timestamp", f'"{(case / "captured-at.txt").read_text()[:19].replace("T", " ")}.123456789 UTC"')
    for file in (case / "objects").iterdir():
        for obj in items(case, file.stem):
            place = f"namespaces/{obj['metadata']['namespace']}" if obj["metadata"].get("namespace") else "cluster"
            group = obj["apiVersion"].lower().replace("/", "-")
            name = obj["metadata"]["name"].replace(":", "-")
            write(to / place / group / obj["kind"].lower() / f"{name}.yaml", dumped(obj))
    for namespace, _, pod, log, _ in pods_logs(case):
        write(to / "namespaces" / namespace / "v1/pod" / pod / "manager/current.log", log)


def e2e(case: Path, to: Path) -> None:
    """Artifacts of Cluster API's end-to-end tests: what test/framework dumps of a management cluster called bootstrap."""
    root = to / "_artifacts/clusters/bootstrap"
    for plural in CLUSTER_API:
        for obj in items(case, plural):
            meta = obj["metadata"]
            write(root / "resources" / meta["namespace"] / obj["kind"] / f"{meta['name']}.yaml", dumped(obj))
    workload = to / "_artifacts/clusters/w1/resources"
    write(
        workload / "kube-system/Pod/etcd-w1.yaml",
        dumped({"kind": "Pod", "metadata": {"name": "etcd-w1", "namespace": "kube-system"}}),
    )
    for namespace, deployment, pod, log, folder in pods_logs(case):
        below = root / "logs" / namespace / deployment / pod
        write(below / "manager.log", log)
        told = {"job": f"{namespace}/{deployment}", "namespace": namespace, "app": deployment, "pod": pod, "container": "manager"}
        write(below / "manager-log-metadata.json", json.dumps({**told, "node_name": "mgmt-0", "stream": "stderr"}))
        write(root / "metrics" / namespace / deployment / pod / "metrics.txt", (folder / "metrics-2.txt").read_text())


LAYOUTS: dict[str, Callable[[Path, Path], None]] = {
    "cluster-info": cluster_info,
    "troubleshoot": troubleshoot,
    "crust-gather": crust_gather,
    "e2e": e2e,
}

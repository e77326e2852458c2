"""The exporter's manifest: its container may nothing that it does not need, and its roles only read."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from kubectl_kcp.cli.main import run
from kubectl_kcp.render.export_manifest import export_manifest


def documents(monitored: bool = False, push: str = "") -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for document in yaml.safe_load_all(export_manifest("watchers", "registry.example/x:1", monitored, push)):
        found.setdefault(document["kind"], []).append(document)
    return found


def test_typed_with_and_without_a_service_monitor(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = []
    for options in ([], ["--service-monitor"]):
        assert run(["export", "manifest", "--image", "registry.example/x:1", *options], "kubectl kcp") == 0
        kinds.append({document["kind"] for document in yaml.safe_load_all(capsys.readouterr().out)})
    assert kinds[1] - kinds[0] == {"ServiceMonitor"}


def test_its_roles_only_read() -> None:
    found = documents()
    rules = [rule for kind in ("ClusterRole", "Role") for role in found[kind] for rule in role["rules"]]
    verbs = {(verb, *rule.get("resources", rule.get("nonResourceURLs"))) for rule in rules for verb in rule["verbs"]}
    assert {v for v, *_ in verbs} == {"get", "list", "watch", "create"}
    assert {what for v, *what in ((v, *r) for v, *r in verbs) if v == "create" for what in what} == {
        "serviceaccounts/token",
        "pods/portforward",
    }
    bound = {s["name"] for kind in ("ClusterRoleBinding", "RoleBinding") for b in found[kind] for s in b["subjects"]}
    assert bound == {"kubectl-kcp-exporter", "kubectl-kcp-diagnostics"}
    assert {a["metadata"]["name"] for a in found["ServiceAccount"]} == bound


def test_its_container_may_nothing_else() -> None:
    (deployment,) = documents()["Deployment"]
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert "--service-account=watchers/kubectl-kcp-diagnostics" in container["args"]
    assert deployment["spec"]["selector"]["matchLabels"] == deployment["spec"]["template"]["metadata"]["labels"]


@pytest.mark.parametrize("monitored", [False, True])
def test_prometheus_finds_it_one_way_or_the_other(monitored: bool) -> None:
    found = documents(monitored)
    (service,) = found["Service"]
    assert ("prometheus.io/scrape" in service["metadata"].get("annotations", {})) is not monitored
    assert ("ServiceMonitor" in found) is monitored
    (policy,) = found["NetworkPolicy"]
    assert policy["spec"]["ingress"] == [{"ports": [{"port": "metrics"}]}]


def test_without_a_server_a_job_pushes_and_may_no_more() -> None:
    found, server = documents(push="http://gateway:9091/metrics/job/x"), documents()
    assert not {"Deployment", "Service", "NetworkPolicy"} & set(found)
    (job,) = found["CronJob"]
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    served = server["Deployment"][0]["spec"]["template"]["spec"]
    assert pod["securityContext"] == served["securityContext"]
    assert pod["containers"][0]["securityContext"] == served["containers"][0]["securityContext"]
    assert {"--once", "--push=http://gateway:9091/metrics/job/x"} <= set(pod["containers"][0]["args"])
    verbs = {verb for kind in ("ClusterRole", "Role") for role in found[kind] for rule in role["rules"] for verb in rule["verbs"]}
    assert "watch" not in verbs

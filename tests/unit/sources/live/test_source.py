"""What a live source asks for, against a real HTTP server on loopback."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timezone

import pytest

from kubectl_kcp.inventory.controllers import controllers
from kubectl_kcp.knowledge.resources import DEPLOYMENTS, EVENTS, LEASES, NODES, PODS, SECRETS
from kubectl_kcp.kube.api import Api, Unauthorized
from kubectl_kcp.kube.kubeconfig import Login
from kubectl_kcp.sources.interface import Moment, Question
from kubectl_kcp.sources.live.source import LiveSource
from tests.unit.sources.serving import Answers, serving


@pytest.mark.parametrize(("names", "read"), [(["manager"], "manager"), (["proxy", "manager"], "manager"), (["controller"], "controller")])
def test_logs_are_of_the_container_that_the_controller_runs_in(names: list[str], read: str) -> None:
    spec = {"containers": [{"name": name, "image": f"x/{name}:v1.2.3"} for name in names]}
    labels = {"cluster.x-k8s.io/provider": "control-plane-x"}
    deployment = {
        "metadata": {"namespace": "ns", "name": "d", "labels": labels},
        "spec": {"selector": {"matchLabels": labels}, "template": {"spec": spec}},
    }
    pod = {"metadata": {"namespace": "ns", "name": "d-1", "labels": labels}, "spec": spec}
    [controller] = controllers([deployment], [pod], [])
    with serving(Answers(body=b"one\ntwo")) as answers:
        source = LiveSource(Api(Login(answers.url, None, lambda: ""), 5), "ns/account")
        assert list(source.log(controller.pods[0], datetime(2026, 1, 2, 3, 4, 5, 6, timezone.utc))) == ["one", "two"]
        [(path, _)] = answers.asked
    assert path.startswith(f"/api/v1/namespaces/ns/pods/d-1/log?container={read}&sinceTime=2026-01-02T03%3A04%3A05Z&")


def test_what_is_expected_is_asked_once_and_what_is_asked_again_is_asked_anew() -> None:
    questions = [Question(resource, "ns") for resource in (PODS, LEASES, DEPLOYMENTS, EVENTS, NODES, SECRETS)]
    with serving(Answers(body=b'{"kind": "List", "items": []}', wait=0.05)) as answers:
        source = LiveSource(Api(Login(answers.url, None, lambda: ""), 5), "ns/account")
        source.expect(questions)
        for question in questions[:-1]:
            assert source.objects(question.resource, "ns").items == ()
        assert source.secrets("ns").items == ()
        expected = len(answers.asked)
        assert expected == len(questions) + 1  # two lists of Secrets
        source.objects(PODS, "ns")
        source.objects(PODS, "other")
        assert len(answers.asked) == expected + 2


def test_what_was_expected_and_failed_is_told_where_it_is_asked() -> None:
    with serving(Answers(status=401, body=b"{}")) as answers:
        source = LiveSource(Api(Login(answers.url, None, lambda: ""), 5), "ns/account")
        source.expect([Question(PODS)])
        with pytest.raises(Unauthorized):
            source.objects(PODS)


def test_certificates_and_etcd_are_not_imported_before_an_etcd_is_asked() -> None:
    code = "import sys\nimport kubectl_kcp.sources.live.open\n"
    code += "assert not {'kubectl_kcp.etcd.workload', 'kubectl_kcp.etcd', 'kubectl_kcp.pki', 'cryptography'} & set(sys.modules)\n"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("container", "port"),
    [
        ({"image": "kcp@sha256:0"}, 8080),
        ({"image": "kcp:v1.14.2", "command": ["/manager", "--diagnostics-address=:9443", "--insecure-diagnostics"], "args": []}, 9443),
    ],
    ids=["an image by digest", "flags in the command"],
)
def test_metrics_are_asked_where_the_process_serves_them(container: dict[str, object], port: int) -> None:
    """Only the dial is looked at: the server knows no port-forward, and refuses."""
    labels = {"cluster.x-k8s.io/provider": "control-plane-kubeadm"}
    spec = {"containers": [{"name": "manager", **container}]}
    deployment = {
        "metadata": {"namespace": "ns", "name": "d", "labels": labels},
        "spec": {"selector": {"matchLabels": labels}, "template": {"spec": spec}},
    }
    pod = {"metadata": {"namespace": "ns", "name": "d-1", "labels": labels}, "spec": spec}
    provider = {"metadata": {"namespace": "ns", "labels": labels}, "version": "v1.4.2"}
    [controller] = controllers([deployment], [pod], [], [provider])
    with serving(Answers(status=404, body=b"{}")) as answers:
        source = LiveSource(Api(Login(answers.url, None, lambda: ""), 5), "ns/account", token="t")
        assert [type(o).__name__ for o in source.metrics(controller.pods, Moment.BEFORE, b"".join)] == ["Failure"]
        [(path, _)] = answers.asked
    assert path == f"/api/v1/namespaces/ns/pods/d-1/portforward?ports={port}"

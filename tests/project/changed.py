"""A real recording with one thing changed: what no lab makes cheaply, with what comes near it. Each change is written as its controller,
kubelet or user writes it."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEMBER = "EtcdMemberHealthy"
STOPPED, LEARNER = "Etcd reports errors: raft is stopped", "Waiting for learner etcd member to be promoted"
WITHOUT_MACHINE = "* Etcd member old does not have a corresponding Machine"
TOKEN = 'failed to get bootstrap token secret in order to refresh it: secrets \\"bootstrap-token-abc\\" not found'
REFUSED = (
    'failed to apply Machine: machines.cluster.x-k8s.io \\"w1-cp-x\\" is forbidden: User '
    '\\"system:serviceaccount:capi-kubeadm-control-plane-system:capi-kubeadm-control-plane-manager\\" '
    'cannot patch resource \\"machines\\" in API group \\"cluster.x-k8s.io\\" in the namespace \\"real\\"'
)
DISK = "failed to create machine: no space left on device"
OURS = ("clusters", "kubeadmcontrolplanes", "machines", "kubeadmconfigs")


@dataclass(frozen=True)
class Recorded:
    """``folder`` is a copy of a recording. Its clusters have been there for a day."""

    folder: Path

    @property
    def now(self) -> dt.datetime:
        return dt.datetime.fromisoformat((self.folder / "captured-at.txt").read_text(encoding="utf-8").strip())

    def ago(self, **parts: float) -> str:
        return (self.now - dt.timedelta(**parts)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def each(self, plural: str, change: Callable[[list[Any]], None]) -> None:
        path = self.folder / f"objects/{plural}.json"
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"apiVersion": "v1", "kind": "List", "items": []}
        change(known["items"])
        path.write_text(json.dumps(known), encoding="utf-8")

    def aged(self) -> Recorded:
        def back(items: list[Any]) -> None:
            for item in items:
                item["metadata"]["creationTimestamp"] = self.ago(days=1)

        for plural in OURS:
            self.each(plural, back)
        return self


Change = Callable[[Recorded], None]


def _told(item: Any, kind: str, message: str, since: str) -> None:
    others = [c for c in item["status"]["conditions"] if c["type"] != kind]
    told = {"type": kind, "status": "False", "reason": "NotHealthy", "message": message, "lastTransitionTime": since}
    item["status"]["conditions"] = [*others, told]


def mismatch(minutes: float) -> Change:
    def change(r: Recorded) -> None:
        r.each("kubeadmcontrolplanes", lambda items: _told(items[-1], "EtcdClusterHealthy", WITHOUT_MACHINE, r.ago(minutes=minutes)))

    return change


def members(*words: str, minutes: float = 30) -> Change:
    """So many control plane Machines of ``real/w1``, each with what KCP says of its etcd member, "" for a healthy one."""

    def change(r: Recorded) -> None:
        def machines(items: list[Any]) -> None:
            first = items.pop()
            for n, message in enumerate(words):
                one = json.loads(json.dumps(first).replace(first["metadata"]["name"], f"w1-cp-{n}"))
                if message:
                    _told(one, MEMBER, message, r.ago(minutes=minutes))
                items.append(one)

        r.each("machines", machines)
        unwell = r.ago(minutes=minutes)
        r.each("kubeadmcontrolplanes", lambda items: _told(items[-1], "EtcdClusterHealthy", "* a Machine's member", unwell))

    return change


def generation(number: int) -> Change:
    return lambda r: r.each("clusters", lambda items: items[0]["metadata"].update(generation=number))


def figure(name: str, value: float) -> Change:
    """Of KCP's own reconciler, at the second look."""

    def change(r: Recorded) -> None:
        page = r.folder / "controllers/kcp/metrics-2.txt"
        line = rf'(?m)^({name}\{{controller="kubeadmcontrolplane",.*\}}) \S+$'
        text, found = re.subn(line, rf"\g<1> {value:g}", page.read_text(encoding="utf-8"))
        assert found == 1, name
        page.write_text(text, encoding="utf-8")

    return change


def argument(*words: str) -> Change:
    """KCP was started with these, too."""

    def change(r: Recorded) -> None:
        def each(items: list[Any]) -> None:
            for item in items:
                if "kubeadm-control-plane" in item["metadata"]["namespace"]:
                    spec = item["spec"].get("template", item)["spec"]
                    spec["containers"][0]["args"] += words

        for plural in ("deployments", "pods"):
            r.each(plural, each)

    return change


def failed(controller: str, kind: str, name: str, error: str, *minutes: float) -> Change:
    """A controller's log says so, that long ago."""

    def change(r: Recorded) -> None:
        log = r.folder / f"controllers/{controller}/log.txt"
        lines = [
            f'E{r.now - dt.timedelta(minutes=m):%m%d %H:%M:%S}.000000    3795 controller.go:494] "Reconciler error" err="{error}" '
            f'controller="{kind.lower()}" controllerKind="{kind}" {kind}="real/{name}"\n'
            for m in minutes
        ]
        log.write_text("".join(lines) + log.read_text(encoding="utf-8"), encoding="utf-8")

    return change


def token_gone(*minutes: float) -> Change:
    return failed("kbp", "KubeadmConfig", "w1-cp-tp279", TOKEN, *minutes)


def refused(*minutes: float) -> Change:
    return failed("kcp", "KubeadmControlPlane", "w1-cp", REFUSED, *minutes)


def issued(status: str) -> Change:
    """cert-manager's Certificate of KCP's webhooks."""
    meta = {"namespace": "capi-kubeadm-control-plane-system", "name": "capi-kubeadm-control-plane-serving-cert"}
    labels = {"cluster.x-k8s.io/provider": "control-plane-kubeadm"}

    def change(r: Recorded) -> None:
        told = {"type": "Ready", "status": status, "reason": "DoesNotExist", "message": "m", "lastTransitionTime": r.ago(hours=1)}
        one = {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Certificate",
            "metadata": {**meta, "labels": labels},
            "spec": {"secretName": "capi-kubeadm-control-plane-webhook-service-cert"},
            "status": {"conditions": [told]},
        }
        r.each("certificates", lambda items: items.append(one))

    return change


CHANGES: dict[str, Change] = {
    "clusters that have been there for a day": lambda r: None,
    "etcd has had a member without a Machine for 30 min": mismatch(30),
    "a member without a Machine for 4 min": mismatch(4),
    "one of three members has been a learner for 30 min": members("", "", LEARNER),
    "a learner for 4 min": members("", "", LEARNER, minutes=4),
    "one of three members does not work": members("", "", STOPPED),
    "two of three members do not work": members("", STOPPED, STOPPED),
    "one of five members does not work": members("", "", "", "", STOPPED),
    "a Cluster's spec was changed 3,000 times in a day": generation(3000),
    "a Cluster's spec was changed 300 times in a day": generation(300),
    "a reconcile has been running for 10 min": figure("workqueue_longest_running_processor_seconds", 600),
    "a reconcile has been running for 90 s": figure("workqueue_longest_running_processor_seconds", 90),
    "60 items more wait than before": figure("workqueue_depth", 60),
    "8 items more wait than before": figure("workqueue_depth", 8),
    "profiles are served in clear (--profiler-address=:6060)": argument("--profiler-address=:6060"),
    "profiles are served to its own Pod (--profiler-address=localhost:6060)": argument("--profiler-address=localhost:6060"),
    "a bootstrap token has been gone for 30 min": token_gone(30, 15, 2),
    "a bootstrap token has been gone for 8 min": token_gone(8, 5, 2),
    "a Machine's reconciles have failed alike for 30 min": failed("core", "Machine", "w1-cp-tp279", DISK, 30, 15, 2),
    "a Machine's reconciles have failed alike for 8 min": failed("core", "Machine", "w1-cp-tp279", DISK, 8, 5, 2),
    "RBAC has refused KCP for a minute": refused(1, 0.6, 0.2),
    "RBAC refused KCP until 4 min ago": refused(5, 4.5, 4),
    "cert-manager has not issued a webhook's certificate": issued("False"),
    "cert-manager has issued a webhook's certificate": issued("True"),
}

"""Why KCP does not reach etcd, or seems not to, as its log tells it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.unit.field.cases import Case
from tests.unit.field.making import Bundle, Ref, kubeadm, stamp
from tests.unit.field.situation import add
from tests.unit.pki.made import DAY, NOW

CUT_OFF = "Failed to connect to etcd: failed to get etcd status: context deadline exceeded"
X509 = "tls: failed to verify certificate: x509: "
HANDSHAKE = "transport: authentication handshake failed: "
OUT_OF_TIME = "certificate has expired or is not yet valid: current time 2026-11-24T11:58:00Z is "
UNKNOWN = "certificate signed by unknown authority"


def etcd_client(words: str) -> list[str]:
    """As the etcd client of KCP writes it."""
    refused = f'rpc error: code = DeadlineExceeded desc = latest balancer error: connection error: desc = \\"{words}\\"'
    return [
        (
            '{"level":"warn","ts":"2026-11-24T11:58:00.1Z","caller":"v3@v3.6.14/retry_interceptor.go:68",'
            '"msg":"retrying of unary invoker failed","target":"etcd-endpoints://0xc/etcd-c-cp-0",'
            f'"method":"/etcdserverpb.Maintenance/Status","attempt":0,"error":"{refused}"}}'
        )
    ]


WHOSE = (
    'controller="kubeadmcontrolplane" controllerGroup="controlplane.cluster.x-k8s.io" controllerKind="KubeadmControlPlane" '
    'KubeadmControlPlane="x/c-cp" namespace="x" name="c-cp" reconcileID="1" Cluster="x/c"'
)


def reconciler(words: str) -> list[str]:
    return [f'E1124 11:58:00.000000       1 controller.go:324] "Reconciler error" err="{words}" {WHOSE}']


def reconciler_began() -> list[str]:
    return [f'I1124 11:55:00.000000       1 controller.go:1] "Reconcile KubeadmControlPlane" {WHOSE}']


def as_json(words: str) -> list[str]:
    """``--logging-format=json``."""
    return [
        '{"ts":1795521480000.0,"caller":"controller/controller.go:324","msg":"Reconciler error","err":"' + words + '",'
        '"controller":"kubeadmcontrolplane","controllerKind":"KubeadmControlPlane","KubeadmControlPlane":{"name":"c-cp","namespace":"x"},'
        '"namespace":"x","name":"c-cp","Cluster":{"name":"c","namespace":"x"}}'
    ]


def cut_off(b: Bundle, since: dt.datetime = NOW - DAY / 96) -> None:
    """KCP's condition, as it is whatever the cause."""
    plane = b.objects["kubeadmcontrolplanes"][Ref("x", "c-cp")]
    for c in plane["status"]["conditions"]:
        if c["type"] == "EtcdClusterHealthy":
            c.update(status="Unknown", message=CUT_OFF, lastTransitionTime=stamp(since), reason="EtcdClusterInspectionFailed")


NO_MISMATCH, SERVER = ("CA_MISMATCH", "STALE"), ("(?i)server certificate",)
LOGS: dict[str, tuple[list[str], tuple[str, ...], tuple[str, ...]]] = {
    "etcd_server_ended": (etcd_client(f"{HANDSHAKE}{X509}{OUT_OF_TIME}after 2026-11-23T00:00:00Z"), SERVER, NO_MISMATCH),
    "etcd_server_not_yet": (etcd_client(f"{HANDSHAKE}{X509}{OUT_OF_TIME}before 2026-11-25T00:00:00Z"), ("not valid yet",), NO_MISMATCH),
    "words_of_go_1_19": (etcd_client(f"{HANDSHAKE}x509: {OUT_OF_TIME}after 2026-11-23T00:00:00Z"), SERVER, NO_MISMATCH),
    "as_json": (as_json(f"failed to get etcd status: {X509}{OUT_OF_TIME}after 2026-11-23T00:00:00Z"), SERVER, NO_MISMATCH),
    "network_policy": (etcd_client("error reading server preface: context deadline exceeded"), (), NO_MISMATCH),
    "no_such_name": (
        reconciler(
            "failed to create cluster: Get https://c.example.org:6443: dial tcp: lookup c.example.org on 10.96.0.10:53: no such host"
        ),
        (),
        NO_MISMATCH,
    ),
    "api_server_down": (
        reconciler("failed to connect to etcd: error upgrading connection: dial tcp 10.0.0.1:6443: connect: connection refused"),
        (),
        NO_MISMATCH,
    ),
    "api_server_of_another_ca": (reconciler(f"failed to connect to etcd: error upgrading connection: {X509}{UNKNOWN}"), (), NO_MISMATCH),
    "api_server_of_another_ca_elsewhere": (
        reconciler(
            f'failed to get node: Get \\"https://10.0.0.1:6443/api/v1/nodes\\": {X509}{UNKNOWN} (possibly because of \\"crypto/rsa: '
            'verification error\\" while trying to verify candidate authority certificate \\"kubernetes\\")'
        ),
        (),
        NO_MISMATCH,
    ),
    "webhook_of_another_ca": (
        reconciler(f'failed to patch: failed calling webhook \\"x\\": Post \\"https://capi-kcp-webhook:443/x\\": {X509}{UNKNOWN}'),
        (),
        NO_MISMATCH,
    ),
    "etcd_of_another_ca": (
        etcd_client(f'{HANDSHAKE}{X509}{UNKNOWN} (possibly because of \\\\\\"x509: ECDSA verification failure\\\\\\" while trying)'),
        ("CA_MISMATCH",),
        ("STALE",),
    ),
    "etcd_of_another_name": (etcd_client(f"{HANDSHAKE}{X509}certificate is valid for 10.0.0.2, not 10.0.0.1"), (), NO_MISMATCH),
    "no_answer": (etcd_client("transport: Error while dialing: dial tcp 10.0.0.1:2379: i/o timeout"), (), NO_MISMATCH),
}


def _add(name: str, lines: list[str], said: tuple[str, ...], unsaid: tuple[str, ...]) -> None:
    def bundle(b: Bundle) -> None:
        kubeadm(b, "x", "c")
        cut_off(b)
        b.log += lines

    ask = "certs credentials x/c"
    right: dict[str, Any] = {"said": {ask: said} if said else {}, "unsaid": {ask: unsaid}, "exits": {"expired,invalid,missing": 0}}
    add(f"log_{name}", bundle, Case(**right))


for _name, (_lines, _said, _unsaid) in LOGS.items():
    _add(_name, _lines, _said, _unsaid)

"""TLS refusals as KCP's log shows them. Go prints a peer's alert as ``remote error: tls: …`` (crypto/tls alert.go) and its own
verdict on the server as ``x509: …`` (crypto/x509 verify.go); the etcd client logs both in a JSON line of its own
(etcd client/v3 retry_interceptor.go), KCP at times in a klog line with ``Cluster="namespace/name"``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Refuser(str, Enum):
    """``etcd`` refused KCP's certificate, or ``kcp`` refused etcd's server certificate."""

    ETCD = "etcd"
    KCP = "kcp"


@dataclass(frozen=True, slots=True)
class Row:
    pattern: re.Pattern[str]
    by: Refuser
    meaning: str


ROWS = (
    Row(re.compile(r"remote error: tls: (certificate required)"), Refuser.ETCD, "etcd wants a certificate of another CA"),
    Row(re.compile(r"remote error: tls: (unknown certificate authority)"), Refuser.ETCD, "etcd does not trust the CA of KCP's certificate"),
    Row(re.compile(r"remote error: tls: (bad certificate)"), Refuser.ETCD, "etcd refused KCP's certificate"),
    Row(re.compile(r"remote error: tls: (expired certificate)"), Refuser.ETCD, "etcd finds KCP's certificate expired"),
    Row(re.compile(r"(x509: certificate signed by unknown authority)"), Refuser.KCP, "etcd's server certificate is of another CA"),
    Row(re.compile(r"(x509: certificate has expired or is not yet valid)"), Refuser.KCP, "etcd's server certificate is out of its time"),
)

ABOUT_ETCD = re.compile(r"\betcd (?:client|members?|status|alarms|leader)\b|\b(?:to|from) etcd\b")
"""What KCP's own lines say where they are about etcd (controlplane/kubeadm/pkg, the wrapped errors). A refusal in a line without
these is the workload cluster's API server's, which has certificates of another CA."""

CONNECTION_WORDS = ("failed to connect to etcd", "failed to get etcd", "could not establish a connection to etcd")
"""In a condition's message: etcd was not reached at all, in contrast to a member or an alarm that is wrong
(controlplane/kubeadm/pkg/workload_cluster_conditions.go)."""

TIMEOUT_WORDS = "context deadline exceeded"
"""All that a condition says of a refused handshake: etcd's client tries again until its time is over, and only its log names the
refusal."""

ETCD_CLUSTER_CONDITION = "EtcdClusterHealthy"
ETCD_MEMBER_CONDITION = "EtcdMemberHealthy"

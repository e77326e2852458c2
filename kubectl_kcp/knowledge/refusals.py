"""TLS refusals as KCP's log shows them, and the words of its conditions about etcd.

Go prints a peer's alert as ``remote error: tls: …`` (crypto/tls alert.go) and its own verdict on the server as ``x509: …`` (crypto/x509
verify.go). The etcd client logs both in a JSON line of its own (etcd client/v3 retry_interceptor.go), KCP at times in a line with
``Cluster="namespace/name"``. The words are the same in Go 1.19 to 1.26. What a Go server answers (crypto/tls handshake_server.go,
processCertsFromClient): ``unknown certificate authority`` and ``expired certificate`` from Go 1.20 on, ``bad certificate`` for all else;
Go 1.19 says ``bad certificate`` for both, too. No certificate at all: ``certificate required`` with TLS 1.3, ``bad certificate`` with 1.2.
A Go client sends none where none of its certificates is of an authority that the server names.
"""

from __future__ import annotations

import re
from enum import Enum

from msgspec import Struct

from kubectl_kcp.model.cluster import Cluster, Condition


class Refuser(str, Enum):
    """``etcd`` refused KCP's certificate, or ``kcp`` refused etcd's server certificate."""

    ETCD = "etcd"
    KCP = "kcp"


class Trouble(str, Enum):
    """What is wrong by these words: ``trust``, another authority; ``time``, a certificate out of its time; ``untold``, they do not say."""

    TRUST = "trust"
    TIME = "time"
    UNTOLD = "untold"


class Row(Struct, frozen=True):
    pattern: re.Pattern[str]
    by: Refuser
    trouble: Trouble
    meaning: str


ANOTHER_CA = (
    r"x509: certificate signed by unknown authority"
    r"(?! \(possibly because of \W*x509: (?!(?:ECDSA|Ed25519) verification|signature algorithm specifies))"
)
"""Of an unknown authority Go names the first candidate of the right name that it did not take, and why (verify.go, considerCandidate). A
signature that does not fit is another CA's; whatever else is named there is of one that may be the right CA."""

ROWS = (
    Row(re.compile(r"remote error: tls: (certificate required)"), Refuser.ETCD, Trouble.TRUST, "etcd wants a certificate of another CA"),
    Row(
        re.compile(r"remote error: tls: (unknown certificate authority)"),
        Refuser.ETCD,
        Trouble.TRUST,
        "etcd does not trust the CA of KCP's certificate",
    ),
    Row(
        re.compile(r"remote error: tls: (expired certificate)"),
        Refuser.ETCD,
        Trouble.TIME,
        "etcd finds KCP's certificate, or the CA that signed it, outside its time",
    ),
    Row(
        re.compile(r"remote error: tls: (bad certificate|unknown certificate\b(?! authority)|unsupported certificate)"),
        Refuser.ETCD,
        Trouble.UNTOLD,
        "etcd refused KCP's certificate, and does not say why",
    ),
    Row(
        re.compile(
            r"(x509: certificate signed by unknown authority) \(possibly because of \W*x509: certificate has expired or is not yet valid"
        ),
        Refuser.KCP,
        Trouble.TIME,
        "the CA of etcd's server certificate is out of its time (crypto/x509 verify.go, UnknownAuthorityError.hintErr)",
    ),
    Row(
        re.compile(rf"({ANOTHER_CA})"),
        Refuser.KCP,
        Trouble.TRUST,
        "etcd's server certificate is of another CA",
    ),
    Row(
        re.compile(r"(x509: certificate has expired or is not yet valid(?:: current time \S+ is (?:after|before) [0-9TZ:+.-]+)?)"),
        Refuser.KCP,
        Trouble.TIME,
        "etcd's server certificate, or the CA that signed it, is out of its time",
    ),
)

MARKS = ("tls: ", "x509: ")
"""One of these stands in each line that a row fits."""

NOT_YET = "is before"
"""In ``current time … is before …``: the certificate is not valid yet. Go says ``is after`` for one that has ended."""

PASSED = re.compile(r"current time \S+ is after ([0-9TZ:.+-]+)")
"""The end of a certificate that has passed (Go's crypto/x509, CertificateInvalidError)."""
ABOUT_ETCD = re.compile(r"\betcd (?:client|members?|status|alarms|leader)\b|\b(?:to|from) etcd\b")
"""What KCP's own lines say where they are about etcd (controlplane/kubeadm/pkg, the wrapped errors). A refusal in a line without
these is the workload cluster's API server's, which has certificates of another CA."""

CONNECTION_WORDS = (
    "failed to connect to etcd",
    "failed to connect to the etcd pod",
    "failed to get etcd",
    "failed to get answer from the etcd",
    "could not establish a connection to etcd",
)
"""In a condition's message: etcd was not reached at all, in contrast to a member or an alarm that is wrong
(controlplane/kubeadm/pkg/workload_cluster_conditions.go; the second is of 1.10 and earlier, the fourth of 1.8 and earlier)."""

TIMEOUT_WORDS = "context deadline exceeded"
"""All that a condition says of a refused handshake: etcd's client tries again until its time is over, and only its log names the
refusal."""

ETCD_CLUSTER_CONDITIONS = ("EtcdClusterHealthy", "EtcdClusterHealthyCondition")
"""Of the KubeadmControlPlane, newest name first."""
ETCD_MEMBER_CONDITION = "EtcdMemberHealthy"
"""Of a Machine."""


def etcd_condition(cluster: Cluster) -> Condition | None:
    """What KCP says of the cluster's etcd; None where it says nothing."""
    plane = cluster.control_plane
    return next((plane.conditions[t] for t in ETCD_CLUSTER_CONDITIONS if t in plane.conditions), None) if plane else None


def not_connected(condition: Condition) -> bool:
    """Whether it says that etcd could not be reached, and not that a member or an alarm is wrong."""
    return condition.status != "True" and any(words in condition.message.lower() for words in CONNECTION_WORDS)

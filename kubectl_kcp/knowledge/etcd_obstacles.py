"""Why KCP gets no answer of a workload cluster's etcd though neither its credential, nor a CA, nor a certificate's time is the reason.

As KCP's log shows it: the words are Go's (crypto/tls alert.go, common.go; crypto/x509 verify.go), etcd's (api/v3rpc/rpctypes/error.go), the
kubelet's and the API server's on the way of a port-forward (kubelet pkg/cri/streaming/portforward, apiserver pkg/server/egressselector,
konnectivity's pkg/server). What ends before the API server has rows of its own (``dial_failures``).
"""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_kcp.knowledge.dial_failures import NO_AGENT, NO_POD

MARKS = ("etcdserver: ", "handshake failed: ", "error reading server preface: ", "error upgrading connection: ", "error forwarding port ")
"""One of these stands in each line that a row is looked for in."""


class Row(Struct, frozen=True):
    """``cure`` completes "do: ..."; "" where ``etcd status`` tells more first."""

    pattern: re.Pattern[str]
    meaning: str
    cure: str = ""


ROWS = (
    Row(
        re.compile(r"etcdserver: mvcc: database space exceeded"),
        "etcd's database has reached its quota",
        "compact and defragment etcd, then disarm its alarm NOSPACE",
    ),
    Row(
        re.compile(r"etcdserver: (?:no leader|leader changed|request timed out[^\"\\]*)"),
        "etcd has no leader, or loses it: fewer than half of its members are well",
        "look at etcd's Pods and at their nodes' disks and network",
    ),
    Row(
        re.compile(r"etcdserver: (?:corrupt cluster|corrupt alarm\b[^\"\\]*)"),
        "etcd has found that its members' data differ (alarm CORRUPT)",
        "replace the member that differs from the others; restore from a snapshot where that cannot be told",
    ),
    Row(
        re.compile(r"etcdserver: (?:user name is empty|invalid auth token|permission denied|authentication failed[^\"\\]*)"),
        "etcd's own authentication of users is on: KCP comes with a certificate alone",
        "where KCP manages etcd, etcd's own users are to be off (etcdctl auth status, etcdctl auth disable)",
    ),
    Row(
        re.compile(r"tls: (?:handshake failure|insufficient security level|no cipher suite supported by both client and server)"),
        "KCP and etcd have no cipher suite or signature in common",
        "compare etcd's --cipher-suites with what its server certificate's key and Go's defaults allow",
    ),
    Row(
        re.compile(r"tls: (?:protocol version not supported|server selected unsupported protocol version \w+)"),
        "KCP and etcd have no version of TLS in common: KCP speaks 1.2 and later",
        "look at etcd's --tls-min-version and --tls-max-version",
    ),
    Row(
        re.compile(r"tls: first record does not look like a TLS handshake"),
        "what answers at etcd's port speaks no TLS",
        "look at etcd's --listen-client-urls: KCP wants https",
    ),
    Row(
        re.compile(r"x509: certificate specifies an incompatible key usage"),
        "etcd's server certificate is none for servers: its extended key usage lacks serverAuth",
        "make etcd's server certificate anew, with serverAuth and clientAuth",
    ),
    Row(
        re.compile(
            r"x509: (?:invalid signature: parent certificate cannot sign this kind of certificate|"
            r"certificate is not authorized to sign other certificates)"
        ),
        "etcd's CA, or one between, may not sign certificates: it lacks CA:TRUE or the key usage keyCertSign",
        "issue etcd's CA certificate anew with both, by the key that it has, for Secret and nodes alike",
    ),
    Row(
        re.compile(r"x509: too many intermediates for path length constraint"),
        "etcd's server certificate has more authorities above it than one of them allows (pathlen)",
        "issue etcd's CA certificate anew without that limit, by the key that it has, or etcd's server certificate by the CA itself",
    ),
    Row(
        re.compile(
            r"x509: a root or intermediate certificate is not authorized (?:to sign for this name: [^\"\\]*[^\s\"\\]|to sign for this name|"
            r"for an extended key usage)|x509: issuer has name constraints but leaf[^\"\\]*[^\s\"\\:]"
        ),
        "etcd's CA, or one between, is limited to other names or uses than etcd's server certificate has",
        "make etcd's server certificate anew within these limits, or issue the CA's without them",
    ),
    Row(
        re.compile(r"x509: unhandled critical extension|tls: failed to parse certificate from server: [^\"\\]*[^\s\"\\]"),
        "etcd's server certificate, or its CA's, holds what Go's crypto/x509 does not take",
        "make it anew as kubeadm does: no critical extensions of one's own, a positive serial number",
    ),
    Row(
        re.compile(r"x509: cannot verify signature: (?:insecure algorithm [\w-]+|algorithm unimplemented)"),
        "etcd's server certificate is signed in a way that Go does not take",
        "make etcd's server certificate anew, with SHA-256 or better",
    ),
    Row(
        re.compile(r"remote error: tls: (?:revoked certificate|access denied)"),
        "etcd, or a proxy before it, has a list by which it refuses KCP's certificate",
        "look at etcd's --client-crl-file and --client-cert-allowed-cn",
    ),
    Row(
        re.compile(NO_AGENT),
        "the API server reaches no node: none of konnectivity's agents is connected to it",
        "look at the konnectivity agents (kube-system) and at their way to the konnectivity server",
    ),
    Row(
        re.compile(r"error dialing backend: [^\"\\]*x509: [^\"\\(]*[^\s\"\\(]"),
        "the API server does not trust the kubelet's serving certificate, or it is out of its time",
        "renew the kubelet's serving certificate on that node",
    ),
    Row(
        re.compile(r"error dialing backend: [^\"\\]*[^\s\"\\]|proxy error from [^\"\\]*[^\s\"\\]"),
        "the API server does not reach the kubelet of etcd's node",
        "look at that node, and at what lies between it and the API server (firewall, port 10250)",
    ),
    Row(
        re.compile(r"cannot create resource \W*pods/portforward\b|pods \W*[\w.-]+\W* is forbidden"),
        "the workload cluster does not allow the kubeconfig's user to forward a port to etcd's Pod",
        "look at the user of the Secret NAME-kubeconfig, and at its roles in the workload cluster",
    ),
    Row(
        re.compile(NO_POD),
        "there is no etcd Pod of that node's name, or its kubelet does not know it",
        "look at the static Pod of etcd on that node (/etc/kubernetes/manifests/etcd.yaml)",
    ),
    Row(
        re.compile(
            r"error forwarding port \d+ to pod [^\"]*?connection refused|"
            r"(?:handshake failed|server preface): (?:EOF|read [^\"]*reset by peer)"
        ),
        "the way leads to etcd's Pod, and nothing listens at its port there: etcd does not run",
        "look at etcd's container on that node (crictl ps -a, crictl logs)",
    ),
    Row(
        re.compile(r"error forwarding port \d+ to pod [^\"\\]*[^\s\"\\]"),
        "the kubelet or the container runtime could not forward the port to etcd's Pod",
        "look at the kubelet's and the runtime's log on that node",
    ),
    Row(
        re.compile(r"(?:handshake failed|server preface): (?:context deadline exceeded|[^\"]*i/o timeout)"),
        "the way leads to etcd's Pod, and etcd does not answer in time",
        "look at etcd's load, disk and network on that node",
    ),
    Row(
        re.compile(
            r"remote error: tls: (?:internal error|unexpected message|illegal parameter|error decod\w+ message|error decrypting message|"
            r"bad record MAC|no application protocol|unrecognized name)|etcd server presented no certificates"
        ),
        "the handshake with etcd, or with what stands before it, fails for a reason that it does not tell",
        "look at etcd's own log of that time",
    ),
)
"""The first that fits is taken."""

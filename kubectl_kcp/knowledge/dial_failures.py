"""Why KCP gets no new connection to a workload cluster's API server, on its way to etcd, as its log shows it.

KCP forwards a port to etcd's Pod by a connection of its own, made with the kubeconfig that its ClusterCache keeps (controlplane/kubeadm/
pkg/proxy/dial.go). What went wrong follows ``error upgrading connection: `` there, whoever logs it. The words are Go's (net dial.go,
crypto/tls, crypto/x509 verify.go) and apimachinery's (httpstream, api/errors).
"""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_kcp.knowledge.refusals import ANOTHER_CA

MARK = "error upgrading connection: "
"""In front of the reason: the way ended at the API server, before etcd."""


class Row(Struct, frozen=True):
    """``pattern`` is looked for in what follows the mark; its group ``address`` is where nobody answered, if the words name it."""

    pattern: re.Pattern[str]
    meaning: str


_ADDRESS = r"(?P<address>\[[0-9a-fA-F:.%a-z]+\]:\d+|[^\s:\[\]]+:\d+)"

ROWS = (
    Row(re.compile(r"proxyconnect tcp: [^\"\\]*[^\s\"\\]"), "the proxy that KCP's Pod is told to take (HTTPS_PROXY) is not reached"),
    Row(re.compile(rf"dial tcp {_ADDRESS}: (?:connect: )?connection refused"), "nobody listens at that address"),
    Row(
        re.compile(rf"dial tcp {_ADDRESS}: (?:(?:connect: )?(?:no route to host|network is unreachable|host is down)|i/o timeout)"),
        "nobody answers at that address",
    ),
    Row(re.compile(r"dial tcp: lookup (?P<address>\S+?)(?: on \S+)?: (?:no such host|i/o timeout|server misbehaving)"), "no such name"),
    Row(re.compile(ANOTHER_CA), "the API server's certificate is of another CA than the kubeconfig's"),
    Row(
        re.compile(
            r"x509: (?:certificate is (?:valid for|not valid for any names)[^\"\\]*|cannot validate certificate for [^\"\\]*|"
            r"certificate relies on legacy Common Name field)"
        ),
        "the API server's certificate is for other names",
    ),
    Row(re.compile(r"x509: certificate has expired or is not yet valid"), "the API server's certificate is out of its time"),
    Row(re.compile(r"x509: [^\"\\]*[^\s\"\\(]"), "the API server's certificate, or its CA's, is none that Go takes"),
    Row(
        re.compile(r"remote error: tls: (?:certificate required|unknown certificate(?: authority)?|expired certificate|bad certificate)"),
        "the API server does not take the kubeconfig's client certificate",
    ),
    Row(re.compile(r"http: server gave HTTP response to HTTPS client"), "what answers at that address speaks no TLS"),
    Row(
        re.compile(r"net/http: TLS handshake timeout|Client\.Timeout exceeded|context deadline exceeded"),
        "the API server, or what stands before it, does not answer in time",
    ),
    Row(
        re.compile(r"bad handshake \(401[^)]*\)|Unauthorized|the server has asked for the client to provide credentials|\b401\b"),
        "the API server does not know the kubeconfig's user",
    ),
)
"""The first that fits is taken."""
OTHER = "the API server was not reached"
"""Of words without a row. Not among them: that the API server knows no such Pod, or may not reach its node."""
NO_POD, NO_AGENT = r"pods? \W*[\w.-]+\W* not found|pod not found", r"[Nn]o agent available"
REACHED = re.compile(rf"{NO_POD}|[Ff]orbidden|\b403\b|\b404\b|error dialing backend|proxy error|{NO_AGENT}")
"""The API server itself answered, so the connection to it was made. Looked for first: it tells of its own way to the kubelet in the same
words. Quotes within are escaped once or twice, by who logs them."""
HANDSHAKE = "authentication handshake failed: "
"""Of a way that led to etcd's port (grpc internal/transport/http2_client.go): through the API server, whatever came of it there."""
LONGEST = 200

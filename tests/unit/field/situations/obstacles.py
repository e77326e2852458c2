"""KCP does not reach etcd, and its credential is not why, or not only: what its log says is what must be told."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.unit.field.cases import Case
from tests.unit.field.kinds import HOUR, MINUTE, condition, of
from tests.unit.field.making import MADE, Bundle, Ref, ca, kubeadm, kubeconfig, leaf, pair, stamp
from tests.unit.field.situation import HEALTHY, add, situation
from tests.unit.field.situations.fleets import rewritten
from tests.unit.field.situations.logs import (
    CUT_OFF,
    HANDSHAKE,
    OUT_OF_TIME,
    UNKNOWN,
    X509,
    cut_off,
    etcd_client,
    reconciler,
    reconciler_began,
)
from tests.unit.pki.made import NOW

ASK = "certs credentials x/c"
DIAL = "transport: Error while dialing: error upgrading connection: "
QUOTED = '\\\\\\"'
MISMATCH = ("CA_MISMATCH", "STALE", "SUSPECT")
WORDS: dict[str, tuple[list[str], str]] = {
    "server_certificate_for_clients": (etcd_client(f"{HANDSHAKE}x509: certificate specifies an incompatible key usage"), "serverAuth"),
    "cipher_suites": (etcd_client(f"{HANDSHAKE}remote error: tls: handshake failure"), "cipher"),
    "tls_version": (etcd_client(f"{HANDSHAKE}remote error: tls: protocol version not supported"), "version of\\s+TLS"),
    "no_tls": (etcd_client(f"{HANDSHAKE}tls: first record does not look like a TLS handshake"), "no TLS"),
    "revoked": (etcd_client(f"{HANDSHAKE}remote error: tls: revoked certificate"), "revoked"),
    "sha1": (etcd_client(f"{HANDSHAKE}x509: cannot verify signature: insecure algorithm SHA1-RSA"), "SHA1"),
    "authority_that_may_not_sign": (
        etcd_client(
            f"{HANDSHAKE}{X509}{UNKNOWN} (possibly because of {QUOTED}x509: invalid signature: parent certificate cannot sign this kind of "
            f"certificate{QUOTED} while trying to verify candidate authority certificate {QUOTED}etcd-ca{QUOTED})"
        ),
        "keyCertSign",
    ),
    "internal_error": (etcd_client(f"{HANDSHAKE}remote error: tls: internal error"), "internal error"),
    "nothing_listens": (etcd_client(f"{HANDSHAKE}EOF"), "does\\s+not\\s+run"),
    "users": (reconciler("failed to get etcd status: etcdserver: user name is empty"), "authentication of users"),
    "no_space": (reconciler("failed to remove member from etcd: etcdserver: mvcc: database space exceeded"), "quota"),
    "no_leader": (reconciler("failed to get etcd members: etcdserver: no leader"), "no leader"),
    "no_agent": (etcd_client(f"{DIAL}error dialing backend: No agent available"), "konnectivity"),
    "no_pod": (etcd_client(f"{DIAL}unable to upgrade connection: pod not found ({QUOTED}etcd-c-cp-0_kube-system{QUOTED})"), "no etcd Pod"),
    "node_is_away": (etcd_client(f"{DIAL}error dialing backend: dial tcp 10.0.0.5:10250: connect: no route to host"), "kubelet of etcd's"),
    "kubelets_certificate": (
        etcd_client(f"{DIAL}error dialing backend: {X509}{OUT_OF_TIME}after 2026-11-23T00:00:00Z"),
        "kubelet's\\s+serving",
    ),
    "roles": (
        etcd_client(f"{DIAL}pods {QUOTED}etcd-c-cp-0{QUOTED} is forbidden: User {QUOTED}u{QUOTED} cannot create resource"),
        "does\\s+not\\s+allow",
    ),
    "proxy_is_away": (etcd_client(f"{DIAL}proxyconnect tcp: dial tcp 10.1.1.1:3128: connect: connection refused"), "HTTPS_PROXY"),
    "api_server_is_away": (etcd_client(f"{DIAL}dial tcp 10.0.0.1:6443: connect: connection refused"), "connection refused"),
    "api_server_of_other_names": (
        etcd_client(f"{DIAL}{X509}cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs"),
        "other\\s+names",
    ),
}


def possibly(because: str) -> list[str]:
    """As Go names a candidate of the right name that it did not take (crypto/x509 verify.go, considerCandidate)."""
    hint = f"possibly because of {QUOTED}{because}{QUOTED} while trying to verify candidate authority certificate {QUOTED}etcd-ca{QUOTED}"
    return etcd_client(f"{HANDSHAKE}{X509}{UNKNOWN} ({hint})")


LIMITED = (
    "x509: a root or intermediate certificate is not authorized to sign for this name: DNS name c-cp-0 is not permitted by any constraint"
)
WORDS |= {
    "path_length": (possibly("x509: too many intermediates for path length constraint"), "pathlen"),
    "name_constraints": (possibly(LIMITED), "limited\\s+to\\s+other\\s+names"),
    "name_constraints_as_go_1_19_has_it": (etcd_client(f"{HANDSHAKE}{LIMITED}"), "limited\\s+to\\s+other\\s+names"),
    "ca_signed_by_sha1": (possibly("x509: cannot verify signature: insecure algorithm SHA1-RSA"), "SHA1"),
    "authority_without_its_mark": (possibly("x509: certificate is not authorized to sign other certificates"), "keyCertSign"),
    "serial_number": (etcd_client(f"{HANDSHAKE}tls: failed to parse certificate from server: x509: negative serial number"), "serial"),
    "corrupt": (reconciler("failed to get etcd alarms: etcdserver: corrupt cluster"), "CORRUPT"),
    "api_server_s_extension": (etcd_client(f"{DIAL}{X509}unhandled critical extension"), "API\\s+server's\\s+certificate"),
}


def _add(name: str, lines: list[str], said: str) -> None:
    def bundle(b: Bundle) -> None:
        kubeadm(b, "x", "c")
        cut_off(b)
        b.log += lines

    right: dict[str, Any] = {"said": {ASK: ("another\\s+cause: ", said)}, "unsaid": {ASK: MISMATCH}, "exits": {"stale,suspect": 0}}
    add(f"obstacle_{name}", bundle, Case(**right))


for _name, (_lines, _said) in WORDS.items():
    _add(_name, _lines, _said)


def ago(minutes: float) -> dt.datetime:
    return NOW - minutes * MINUTE


def replaced(b: Bundle, minutes: float, number: int = 30) -> None:
    """Another etcd CA in the Secret."""
    made = pair(ca("etcd-ca", number, start=ago(minutes + 1)))
    secret = b.secret("x", "c-etcd", made, label="c", owner="KubeadmControlPlane", at=ago(minutes), manager="kubectl-edit")
    secret["metadata"]["creationTimestamp"] = stamp(MADE)


def refused(words: str) -> list[str]:
    return etcd_client(f"{HANDSHAKE}remote error: tls: {words}")


@situation(said={ASK: ("CA_MISMATCH",), "doctor": ("etcd-ca-mismatch",)})
def a_new_leader_is_refused_as_the_one_before(b: Bundle) -> None:
    """The Secret's CA was replaced, etcd's was not; a restart of KCP did not help. Its condition was bad before, and is."""
    b.controllers(since=ago(20))
    kubeadm(b, "x", "c")
    replaced(b, 60)
    cut_off(b, ago(55))
    b.log += refused("unknown certificate authority")


@situation(said={ASK: ("another\\s+cause",), "doctor": ("etcd-refusal-of-other-cause",)})
def a_new_leader_does_not_reach_it_either(b: Bundle) -> None:
    b.controllers(since=ago(20))
    kubeadm(b, "x", "c")
    cut_off(b, ago(55))
    b.log += reconciler_began()


@situation(exits=HEALTHY, unsaid={ASK: MISMATCH})
def a_new_leader_has_just_begun(b: Bundle) -> None:
    """What the condition says is still the one's before."""
    b.controllers(since=ago(0.4))
    kubeadm(b, "x", "c")
    replaced(b, 60)
    cut_off(b, ago(55))
    b.log += refused("certificate required")


@situation(said={ASK: ("SUSPECT", "connection\\s+refused", "cache c -n x")}, unsaid={ASK: ("STALE", "regenerate")})
def rewritten_and_then_the_api_server_went_away(b: Bundle) -> None:
    """External Secrets wrote the same bytes; a restart of KCP would lose what it still holds."""
    made = kubeadm(b, "x", "c")
    secret = b.secret("x", "c-etcd", pair(made.etcd), label="c", at=ago(60), manager="external-secrets")
    secret["metadata"]["creationTimestamp"] = stamp(MADE)
    cut_off(b, ago(55))
    b.log += etcd_client(f"{DIAL}dial tcp 10.0.0.1:6443: connect: connection refused")


def of_version(b: Bundle, version: str) -> None:
    b.controllers(image=f"registry.k8s.io/cluster-api/kubeadm-control-plane-controller:{version}")


@situation(
    said={ASK: ("KEY_ONLY", "do not\\s+trust each\\s+other"), "doctor": ("etcd-refusal-of-other-cause",)}, unsaid={ASK: ("regenerate",)}
)
def refused_at_a_version_that_caches_no_certificate(b: Bundle) -> None:
    of_version(b, "v1.11.11")
    kubeadm(b, "x", "c")
    replaced(b, 60)
    cut_off(b, ago(55))
    b.log += refused("unknown certificate authority")


@situation(said={ASK: ("NOT_CACHED", "server\\s+certificate\\s+has\\s+ended", "kubeadm certs renew"), "doctor": ("etcd-refusal-of-other",)})
def server_certificate_ended_as_1_2_tells_it(b: Bundle) -> None:
    """Conditions of that version, and a log that begins kinds with a small letter and names the Cluster without a namespace."""
    of_version(b, "v1.2.12")
    kubeadm(b, "x", "c", api="v1beta1")
    cut_off(b, ago(20))
    plane = b.objects["kubeadmcontrolplanes"][Ref("x", "c-cp")]
    told = next(c for c in plane["status"]["conditions"] if c["type"] == "EtcdClusterHealthy")
    told["message"] = "Following machines are reporting unknown etcd member status: c-cp-0"
    way = "could not establish a connection to any etcd node: unable to create etcd client: "
    words = f"Failed to connect to the etcd pod on the c-cp-0 node: {way}{CUT_OFF.rpartition(': ')[2]}"
    of(b, "machines", "c-cp-0")["status"]["conditions"] = [condition("EtcdMemberHealthy", "Unknown", "InspectionFailed", ago(20), words)]
    b.log.append(
        f'E{ago(10):%m%d %H:%M:%S}.000000       1 controller.go:317] "Reconciler error" err="failed to get current etcd members: failed to '
        f'connect to the etcd pod on the c-cp-0 node: {way}x509: {OUT_OF_TIME}after 2026-11-23T00:00:00Z" '
        'controller="kubeadmcontrolplane" kubeadmControlPlane="x/c-cp" namespace="x" name="c-cp" reconcileID=a cluster="c"'
    )


HELD = "cache c -n x --with-secrets"


@situation(said={HELD: ("kubeconfig-stale",), "doctor": ("kubeconfig-stale", "10.9.9.9")})
def address_moved_where_no_metrics_tell(b: Bundle) -> None:
    """KCP 1.9 exposes no connections."""
    of_version(b, "v1.9.11")
    rewritten(b, 2 * HOUR, server="https://10.9.9.9:6443", manager="kubectl-edit")
    b.page = ""
    cut_off(b, ago(110))
    b.log += etcd_client(f"{DIAL}dial tcp 10.0.0.1:6443: connect: connection refused")


@situation(
    said={HELD: (r"\bKEPT\b", "kubelet of\\s+etcd's")}, unsaid={HELD: ("kubeconfig-",), "doctor": ("kubeconfig-", "rollout restart")}
)
def kubeconfig_changed_and_a_node_is_away(b: Bundle) -> None:
    """The API server answers KCP's new connections: the old kubeconfig works."""
    rewritten(b, 2 * HOUR, server="https://10.9.9.9:6443", manager="kubectl-edit")
    cut_off(b, ago(110))
    b.log += etcd_client(f"{DIAL}error dialing backend: dial tcp 10.0.0.5:10250: connect: no route to host")


@situation(exits=HEALTHY, unsaid={HELD: ("kubeconfig-",), "doctor": ("kubeconfig-",)})
def kubeconfig_created_anew_each_minute(b: Bundle) -> None:
    """GitOps deletes and creates it, with the same content."""
    rewritten(b, 2 * HOUR)
    made = ca("kubernetes", 1)
    value = {"value": kubeconfig(made.pem, leaf(made, number=46), "c")}
    b.secret("x", "c-kubeconfig", value, label="c", owner="KubeadmControlPlane", at=ago(1), manager="kustomize-controller")

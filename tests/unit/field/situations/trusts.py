"""Kubeconfigs without a certificate of their own: what they trust ends, too, or is another cluster's."""

from __future__ import annotations

import datetime as dt

from tests.unit.field.making import GONE, MADE, OPAQUE, TLS, YEAR, Bundle, Object, ca, key, kubeadm, kubeconfig, leaf, pair
from tests.unit.field.situation import HEALTHY, STATUS, situation
from tests.unit.field.situations.chains import external_etcd_by_hand
from tests.unit.pki.made import DAY, NOW, Made, certificate

TOKEN: Object = {"token": "t"}
EXEC: Object = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "kubelogin", "interactiveMode": "Never"}}
ENDED = "the CA that the kubeconfig trusts ended"


def old(end: dt.datetime = NOW - DAY) -> Made:
    return ca("kubernetes", 33, start=GONE - YEAR, end=end)


def managed(b: Bundle, kind: str, trusted: bytes, user: Object, purpose: str = "kubeconfig") -> None:
    """Written by its provider a minute ago."""
    b.cluster("x", "c", kind)
    b.secret("x", f"c-{purpose}", {"value": kubeconfig(trusted, user, "c")}, label="c", owner=kind, at=NOW - DAY / 1440)


@situation(states={"c": "EXPIRED"}, exits={"": 0, "expired": 1}, said={STATUS: ("EXPIRED 24h", ENDED), "doctor": (ENDED,)})
def token_that_trusts_an_ended_ca(b: Bundle) -> None:
    """OpenShift and Rancher hand out tokens; what clients trust is renewed elsewhere, and the Secret is not."""
    managed(b, "OpenshiftAssistedControlPlane", old().pem, TOKEN)


@situation(states={"c": "EXPIRED"}, exits={"expired": 1}, certificates={"c user-kubeconfig": "EXPIRED"})
def command_that_trusts_an_ended_ca(b: Bundle) -> None:
    managed(b, "AWSManagedControlPlane", old().pem, EXEC, "user-kubeconfig")


@situation(
    states={"c": "EXPIRING"},
    exits={"expiring": 1, "expired": 0},
    said={f"{STATUS} -o openmetrics": (r'usable_until_timestamp_seconds\{[^}]*kind="kubeconfig"',)},
)
def token_that_trusts_an_ending_ca(b: Bundle) -> None:
    managed(b, "GCPManagedControlPlane", old(NOW + 10 * DAY).pem, TOKEN)


@situation(states={"c": "NOT_APPLICABLE"}, exits=HEALTHY, said={f"{STATUS} -o wide": (r"c +n/a .* 9y",)})
def token_that_trusts_an_ended_ca_and_a_good_one(b: Bundle) -> None:
    managed(b, "AWSManagedControlPlane", old().pem + ca(number=3).pem, TOKEN)


@situation(states={"c": "INVALID"}, exits={"invalid": 1, "expired": 0}, said={STATUS: ("unable to load root certificates",)})
def token_that_trusts_nothing_readable(b: Bundle) -> None:
    managed(b, "KairosControlPlane", b"-----BEGIN CERTIFICATE-----\\nMII", TOKEN)


@situation(exits={"invalid": 1, "expired": 0}, certificates={"c kubeconfig": "INVALID"}, said={STATUS: ("trusts another CA",)})
def command_that_trusts_another_clusters_ca(b: Bundle) -> None:
    """A kubeconfig of the cluster's namesake was put in its place."""
    kubeadm(b, "x", "c")
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(ca(number=88).pem, EXEC, "c")}, label="c", kind=OPAQUE)


@situation(states={"c": "NOT_APPLICABLE"}, exits=HEALTHY)
def token_and_whoever_answers_is_believed(b: Bundle) -> None:
    """``insecure-skip-tls-verify``, and public roots without a CA of its own: nothing that ends."""
    managed(b, "KairosControlPlane", b"", TOKEN)


@situation(states={"c": "VALID"}, exits=HEALTHY, certificates={"c trust-bundle": "VALID", "c proxy": "VALID"})
def bundles_to_trust_with_an_ended_one_first(b: Bundle) -> None:
    """Without a key they sign nothing: one good one is enough."""
    k = kubeadm(b, "x", "c")
    b.secret("x", "c-trust-bundle", {"ca.crt": old().pem + ca("roots", 71).pem}, label="c", kind=OPAQUE)
    b.secret("x", "c-proxy", {"tls.crt": old().pem + k.proxy.pem}, label="c", kind=OPAQUE)


@situation(states={"c": "VALID"}, exits=HEALTHY, certificates={"c etcd": "VALID", "c apiserver-etcd-client": "VALID"})
def external_etcd_of_an_old_root(b: Bundle) -> None:
    """``openssl x509 -req -signkey`` makes a root of X.509 version 1, which Go takes; no kubeadm reads this one as a CA's own."""
    external_etcd_by_hand(b)
    e = certificate("etcd-ca", key(2), start=MADE, end=MADE + 10 * YEAR, extensions=b"", version=0)
    b.secret("x", "c-etcd", {"tls.crt": e.pem}, kind=OPAQUE)
    b.secret("x", "c-apiserver-etcd-client", pair(leaf(e, "k", 55)), kind=TLS)


@situation(states={"c": "VALID"}, exits=HEALTHY)
def server_certificate_under_a_cas_name(b: Bundle) -> None:
    """What a provider keeps there that nobody here knows need be no CA."""
    b.cluster("x", "c", "KairosControlPlane")
    b.secret("x", "c-ca", pair(leaf(ca())), label="c", kind=TLS)


@situation(exits={"expired": 1}, said={"certs inspect x/c": ("kubeconfig: without a certificate",)})
def token_that_trusts_an_ended_ca_in_full(b: Bundle) -> None:
    token_that_trusts_an_ended_ca(b)


@situation(exits={"expiring": 1}, certificates={"c kubeconfig": "EXPIRING", "c ca": "VALID"}, said={STATUS: ("10d",)})
def new_kubeconfig_with_an_old_copy_of_the_ca(b: Bundle) -> None:
    """Four days old, and of no use in ten: what ends is of two years, so this is soon."""
    k = kubeadm(b, "x", "c")
    copy = ca("kubernetes", 1, start=GONE, end=NOW + 10 * DAY)
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(copy.pem, k.admin, "c")}, label="c", owner="KubeadmControlPlane")


@situation(exits={"expiring": 1}, certificates={"c kubeconfig": "EXPIRING", "c ca": "EXPIRING"})
def new_kubeconfig_of_a_ca_that_ends(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    a = ca("kubernetes", 1, start=GONE, end=NOW + 20 * DAY)
    b.secret("x", "c-ca", pair(a), label="c", owner="KubeadmControlPlane")
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(a.pem, leaf(a), "c")}, label="c", owner="KubeadmControlPlane")


@situation(exits={"invalid": 1, "expired": 0}, said={STATUS: ("insecure\\s+flag",)})
def a_ca_and_whoever_answers(b: Bundle) -> None:
    """client-go connects with neither."""
    b.cluster("x", "c", "KairosControlPlane")
    value = kubeconfig(old().pem, TOKEN, "c", **{"insecure-skip-tls-verify": True})
    b.secret("x", "c-kubeconfig", {"value": value}, label="c")

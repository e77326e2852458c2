"""Who signed what, and until when it holds."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.field.making import (
    GONE,
    LABEL,
    MADE,
    OPAQUE,
    TLS,
    YEAR,
    Bundle,
    Ref,
    ca,
    key,
    kubeadm,
    kubeconfig,
    leaf,
    pair,
    service_account,
    text,
)
from tests.unit.field.situation import HEALTHY, STATUS, situation
from tests.unit.pki.made import CA, CERT_SIGN, DAY, FOR_SERVERS, NO_CA, NOW, Made, certificate, extension


class Pair(NamedTuple):
    certificate: bytes
    key: bytes


def signed_with_pss() -> tuple[Pair, Pair]:
    """A CA with name constraints, and a client's certificate; both RSA-PSS."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    signer, user = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    authority, admin = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, s)]) for s in ("kubernetes", "admin"))
    made = []
    for name, own, years in ((authority, signer, 10), (admin, user, 1)):
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(authority).serial_number(years).public_key(own.public_key())
        builder = builder.not_valid_before(MADE).not_valid_after(MADE + years * YEAR)
        if own is signer:
            builder = builder.add_extension(x509.BasicConstraints(True, None), True)
            builder = builder.add_extension(x509.NameConstraints([x509.DNSName("example.org")], None), True)
        signed = builder.sign(signer, hashes.SHA256(), rsa_padding=padding.PSS(padding.MGF1(hashes.SHA256()), 32))
        made.append(Pair(signed.public_bytes(Encoding.PEM), own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())))
    return made[0], made[1]


@situation(
    states={"c": "VALID"}, exits=HEALTHY, certificates={"c apiserver-etcd-client": "VALID", "c etcd": "VALID"}, said={STATUS: ("EXTERNAL",)}
)
def external_etcd_by_hand(b: Bundle) -> None:
    kubeadm(
        b,
        "x",
        "c",
        kubeadmConfigSpec={
            "clusterConfiguration": {
                "etcd": {"external": {"endpoints": ["https://10.0.0.9:2379"], "caFile": "/a", "certFile": "/b", "keyFile": "/c"}}
            }
        },
    )
    e = ca("etcd-ca", 2)
    b.secret("x", "c-etcd", {"tls.crt": e.pem}, kind=OPAQUE)
    b.secret("x", "c-apiserver-etcd-client", pair(leaf(e, "apiserver-etcd-client", 55)), kind=TLS)


@situation(certificates={"c apiserver-etcd-client": "INVALID"}, exits={"invalid": 1})
def external_etcd_client_of_servers_only(b: Bundle) -> None:
    external_etcd_by_hand(b)
    e = ca("etcd-ca", 2)
    b.secret(
        "x",
        "c-apiserver-etcd-client",
        pair(certificate("etcd-client", key(55), e, start=MADE, end=MADE + YEAR, extensions=NO_CA + FOR_SERVERS, serial=9)),
        kind=TLS,
    )


@situation(states={"c": "VALID"}, exits=HEALTHY, certificates={"c managed-etcd": "VALID"})
def external_etcd_by_etcdadm(b: Bundle) -> None:
    external_etcd_by_hand(b)
    e = ca("etcd-ca", 2)
    b.secret("x", "c-managed-etcd", pair(e), label="c")
    b.secret("x", "c-etcd", {"tls.crt": e.pem}, label="c")
    b.machine("x", "c-etcd", None)
    o = b.objects["machines"].pop(Ref("x", "c-etcd-cp-0"))
    o["metadata"].update(name="c-etcd-0", labels={LABEL: "c", "cluster.x-k8s.io/etcd-cluster": "c-etcd"})
    o["spec"]["clusterName"] = "c"
    b.objects["machines"][Ref("x", "c-etcd-0")] = o


@situation(states={"c": "VALID"}, exits=HEALTHY)
def cas_by_cert_manager(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    root = ca("root", 40)
    inter = certificate("kubernetes", key(1), root, start=MADE, end=MADE + 5 * YEAR, extensions=CA + CERT_SIGN, serial=5)
    b.secret(
        "x",
        "c-ca",
        {**pair(inter), "ca.crt": root.pem, "keystore.p12": b"\0x"},
        label="c",
        kind=TLS,
        manager="cert-manager-certificates-issuing",
    )
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(inter.pem, leaf(inter), "c")}, label="c", owner="KubeadmControlPlane")


@situation(states={"c": "VALID"}, exits=HEALTHY)
def ca_with_its_chain(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    root = ca("root", 40)
    inter = certificate("kubernetes", key(1), root, start=MADE, end=MADE + 5 * YEAR, extensions=CA + CERT_SIGN, serial=5)
    b.secret("x", "c-ca", pair(inter, root.pem), label="c", kind=TLS)
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(inter.pem, leaf(inter), "c")}, label="c", owner="KubeadmControlPlane")


@situation(exits={"expired": 0}, certificates={"c ca": "VALID"})
def root_of_the_chain_expired(b: Bundle) -> None:
    """KCP signs and trusts the intermediate, which Go takes as a root: the root's end stops nobody."""
    kubeadm(b, "x", "c")
    root = ca("root", 40, start=GONE - YEAR, end=NOW - DAY)
    inter = certificate("kubernetes", key(1), root, start=MADE, end=MADE + 5 * YEAR, extensions=CA + CERT_SIGN, serial=5)
    b.secret("x", "c-ca", pair(inter, root.pem), label="c", kind=TLS)
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(inter.pem, leaf(inter), "c")}, label="c", owner="KubeadmControlPlane")


@situation(states={"c": "VALID"}, exits=HEALTHY, certificates={"c kubeconfig": "VALID"})
def intermediates_out_of_order(b: Bundle) -> None:
    k = kubeadm(b, "x", "c")
    i1 = certificate("int1", key(41), k.ca, start=MADE, end=MADE + 3 * YEAR, extensions=CA + CERT_SIGN, serial=2)
    i2 = certificate("int2", key(42), i1, start=MADE, end=MADE + 2 * YEAR, extensions=CA + CERT_SIGN, serial=3)
    made = leaf(i2)
    u = {"client-certificate-data": text(made.pem + k.ca.pem + i1.pem + i2.pem), "client-key-data": text(made.key_pem)}
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(k.ca.pem, u, "c")}, label="c", owner="KubeadmControlPlane")


@situation(exits={"expired": 1})
def intermediate_expired(b: Bundle) -> None:
    k = kubeadm(b, "x", "c")
    i1 = certificate("int1", key(41), k.ca, start=GONE, end=NOW - DAY, extensions=CA + CERT_SIGN, serial=2)
    made = leaf(i1)
    b.secret(
        "x",
        "c-kubeconfig",
        {"value": kubeconfig(k.ca.pem, {"client-certificate-data": text(made.pem + i1.pem), "client-key-data": text(made.key_pem)}, "c")},
        label="c",
        owner="KubeadmControlPlane",
    )


@situation(states={"c": "VALID"}, exits=HEALTHY)
def cross_signed_ca(b: Bundle) -> None:
    """Kubeconfig trusts the old root; the Secret's new CA is cross-signed by it in the kubeconfig's bundle."""
    k = kubeadm(b, "x", "c")
    old = ca("old-root", 40)
    cross = certificate("kubernetes", key(1), old, start=MADE, end=MADE + 2 * YEAR, extensions=CA + CERT_SIGN, serial=5)
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(old.pem + cross.pem, k.admin, "c")}, label="c", owner="KubeadmControlPlane")


@situation(states={"c": "VALID"}, exits=HEALTHY, unsaid={STATUS: ("SUSPECT", "STALE")})
def ca_renewed_with_its_key(b: Bundle) -> None:
    k = kubeadm(b, "x", "c")
    old = ca("kubernetes", 1, start=GONE, end=NOW + YEAR * 2)
    b.secret("x", "c-ca", pair(ca(number=1, start=NOW - DAY, end=NOW + 10 * YEAR)), label="c", owner="KubeadmControlPlane")
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(old.pem, k.admin, "c")}, label="c", owner="KubeadmControlPlane")


@situation(states={"c": "VALID"}, certificates={"c sa": "KEY"}, exits=HEALTHY)
def sa_rotation_of_three(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.secret("x", "c-sa", service_account(90, 91, 92), label="c", owner="KubeadmControlPlane")


@situation(certificates={"c sa": "INVALID"}, exits={"invalid": 1})
def sa_of_another_key(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.secret("x", "c-sa", {**service_account(90), "tls.key": ca(number=91).key_pem}, label="c", owner="KubeadmControlPlane")


@situation(states={"c": "VALID"}, exits=HEALTHY, certificates={"c kubeconfig": "VALID"})
def rsa_pss_name_constraints(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    authority, user = signed_with_pss()
    b.secret("x", "c-ca", {"tls.crt": authority.certificate, "tls.key": authority.key}, label="c")
    b.secret(
        "x",
        "c-kubeconfig",
        {
            "value": kubeconfig(
                authority.certificate, {"client-certificate-data": text(user.certificate), "client-key-data": text(user.key)}, "c"
            )
        },
        label="c",
        owner="KubeadmControlPlane",
    )


@situation(states={"c": "VALID"}, exits=HEALTHY)
def p521_and_ed25519(b: Bundle) -> None:
    from cryptography.hazmat.primitives.asymmetric import ed25519

    kubeadm(b, "x", "c")
    k = certificate("kubernetes", ec.generate_private_key(ec.SECP521R1()), start=MADE, end=MADE + 10 * YEAR)
    made = certificate("admin", ed25519.Ed25519PrivateKey.generate(), k, start=MADE, end=MADE + YEAR, serial=4)
    b.secret("x", "c-ca", pair(k), label="c")
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(k.pem, made, "c")}, label="c", owner="KubeadmControlPlane")


#


@situation(states={"u": "VALID", "v": "EXPIRING"}, exits={"expiring": 1, "expired": 0})
def short_lives(b: Bundle) -> None:
    for n, left in (("u", 7), ("v", 3)):
        b.cluster("x", n, "KairosControlPlane")
        b.secret(
            "x",
            f"{n}-kubeconfig",
            {"value": kubeconfig(ca().pem, leaf(ca(), start=NOW - (12 - left) * DAY / 24, end=NOW + left * DAY / 24), n)},
            label=n,
        )


@situation(states={"c": "VALID"}, exits=HEALTHY)
def a_hundred_years(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.secret("x", "c-etcd", pair(ca(number=2, end=MADE + 100 * YEAR)), label="c")
    b.secret("x", "c-proxy", pair(ca(number=3, end=dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.timezone.utc))), label="c")


@situation(certificates={"c etcd": "NOT_YET_VALID", "c proxy": "NOT_YET_VALID"}, exits={"expired": 0, "invalid": 1})
def not_valid_before_long(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.secret("x", "c-etcd", pair(ca(number=2, start=NOW + DAY / 720)), label="c")
    b.secret("x", "c-proxy", pair(ca(number=3, start=NOW + 3 * DAY)), label="c")


@situation(exits={"expired": 0}, said={STATUS: ("NOT YET|not valid yet|clock",)})
def leaf_in_the_future_by_minutes(b: Bundle) -> None:
    k = kubeadm(b, "x", "c")
    b.secret(
        "x", "c-kubeconfig", {"value": kubeconfig(k.ca.pem, leaf(k.ca, start=NOW + DAY / 480), "c")}, label="c", owner="KubeadmControlPlane"
    )


@situation(states={"c": "VALID"}, exits=HEALTHY)
def expired_member_beside_a_good(b: Bundle) -> None:
    external_etcd_by_hand(b)
    e = ca("etcd-ca", 2)
    old = ca("etcd-ca-old", 33, start=GONE - YEAR, end=NOW - DAY)
    b.secret("x", "c-etcd", {"tls.crt": old.pem + e.pem + old.pem}, kind=OPAQUE)


@situation(states={"c": "VALID"}, exits=HEALTHY)
def kubeconfig_bundle_with_expired(b: Bundle) -> None:
    k = kubeadm(b, "x", "c")
    old = ca("kubernetes", 33, start=GONE - YEAR, end=NOW - DAY)
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(old.pem + k.ca.pem, k.admin, "c")}, label="c", owner="KubeadmControlPlane")


@situation(states={"c": "VALID"}, exits={"expired,expiring,invalid,missing": 0})
def ca_rotation_bundle_new_first(b: Bundle) -> None:
    k = kubeadm(b, "x", "c")
    new = ca("kubernetes", 34)
    b.secret("x", "c-ca", {"tls.crt": new.pem + k.ca.pem, "tls.key": new.key_pem}, label="c", owner="KubeadmControlPlane")
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(new.pem + k.ca.pem, k.admin, "c")}, label="c", owner="KubeadmControlPlane")


@situation(certificates={"c ca": "VALID"}, exits={"expired,expiring": 0})
def ca_without_key_by_design(b: Bundle) -> None:
    k = kubeadm(b, "x", "c")
    b.secret("x", "c-ca", {"tls.crt": k.ca.pem}, label="c", kind=OPAQUE)
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(k.ca.pem, k.admin, "c")}, label="c", kind=OPAQUE)


@situation(certificates={"c ca": "VALID"}, exits={"expired,expiring": 0})
def ca_with_empty_key(b: Bundle) -> None:
    ca_without_key_by_design(b)
    k = ca(number=1)
    b.secret("x", "c-ca", {"tls.crt": k.pem, "tls.key": b""}, label="c", kind=TLS)


def limited(b: Bundle, told: bytes, *between: Made) -> None:
    """A CA with other extensions; the kubeconfig's certificate is of the last of ``between``, or of the CA."""
    kubeadm(b, "x", "c")
    authority = certificate("kubernetes", key(1), start=MADE, end=MADE + 10 * YEAR, extensions=told)
    b.secret("x", "c-ca", pair(authority), label="c")
    user = leaf(between[-1] if between else authority)
    chain = user.pem + b"".join(m.pem for m in reversed(between))
    given = {"client-certificate-data": text(chain), "client-key-data": text(user.key_pem)}
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(authority.pem, given, "c")}, label="c", owner="KubeadmControlPlane")


NO_PATH = extension("0603551d13", bytes.fromhex("30060101ff020100"), critical=True)
"""As Cluster API makes its CAs (util/secret/certificates.go: MaxPathLenZero)."""


@situation(
    certificates={"c kubeconfig": "INVALID"}, exits={"invalid": 1, "expired": 0}, said={"certs inspect x/c": ("too many intermediates",)}
)
def intermediate_below_a_ca_of_cluster_api(b: Bundle) -> None:
    below = certificate("kubernetes", key(1), start=MADE, end=MADE + 10 * YEAR, extensions=NO_PATH + CERT_SIGN)
    middle = certificate("middle", key(41), below, start=MADE, end=MADE + YEAR, extensions=CA + CERT_SIGN, serial=2)
    limited(b, NO_PATH + CERT_SIGN, middle)


@situation(states={"c": "VALID"}, exits=HEALTHY)
def a_ca_of_cluster_api(b: Bundle) -> None:
    limited(b, NO_PATH + CERT_SIGN)


@situation(certificates={"c kubeconfig": "INVALID"}, exits={"invalid": 1}, said={"certs inspect x/c": ("incompatible key usage",)})
def ca_for_servers_alone(b: Bundle) -> None:
    """As enterprises limit the CAs that they give away."""
    limited(b, CA + CERT_SIGN + FOR_SERVERS)


@situation(certificates={"c kubeconfig": "INVALID"}, exits={"invalid": 1}, said={"certs inspect x/c": ("unhandled critical extension",)})
def ca_for_one_directory_alone(b: Bundle) -> None:
    """Critical name constraints of directory names: Go knows none."""
    limited(b, CA + CERT_SIGN + extension("0603551d1e", bytes.fromhex("3014a0123010a40e300c310a300806035504030c0161"), critical=True))


def served(b: Bundle, *above: Made) -> None:
    """What another's control plane shows, in a file with what signed it; whose root is trusted is not known."""
    b.cluster("x", "u", "KairosControlPlane")
    b.secret("x", "u-konnectivity", pair(leaf(above[0], "konnectivity", 78), *(m.pem for m in above)), label="u", kind=TLS)


def between(by: Made, number: int = 41, **times: dt.datetime) -> Made:
    given = {"start": MADE, "end": MADE + YEAR, **times}
    return certificate(f"between-{number}", key(number), by, extensions=CA + CERT_SIGN, serial=number, **given)


@situation(exits={"expired": 1}, certificates={"u konnectivity": "EXPIRED"}, said={STATUS: ("intermediate\\s+that\\s+signed\\s+it",)})
def intermediate_beside_it_ended(b: Bundle) -> None:
    served(b, between(ca("root", 40), start=GONE, end=NOW - DAY))


@situation(exits={"expiring": 1, "expired": 0}, certificates={"u konnectivity": "EXPIRING"})
def intermediate_beside_it_ends(b: Bundle) -> None:
    served(b, between(ca("root", 40), start=GONE, end=NOW + 9 * DAY))


@situation(exits=HEALTHY)
def intermediate_beside_it_old_and_renewed(b: Bundle) -> None:
    root = ca("root", 40)
    served(b, between(root, start=GONE, end=NOW - DAY), between(root))


@situation(exits=HEALTHY)
def root_beside_it_ended(b: Bundle) -> None:
    """Whoever trusts it may trust one that was issued anew."""
    served(b, ca("root", 40, start=GONE, end=NOW - DAY))


@situation(exits=HEALTHY)
def cross_signed_root_beside_it_ended(b: Bundle) -> None:
    """As Let's Encrypt's long chain: the root's name, signed by an older root, ended; clients trust the root itself."""
    cross = certificate("root", key(40), ca("older", 42), start=GONE, end=NOW - DAY, extensions=CA + CERT_SIGN, serial=9)
    served(b, between(ca("root", 40)), cross)

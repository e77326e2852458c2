"""A cluster somewhere in the rotation of its CAs, with certificates made for it."""

from __future__ import annotations

import datetime as dt

import yaml
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_kcp.model.certificate import CertificateStatus, ClusterStatus
from kubectl_kcp.model.cluster import Cluster, ControlPlane
from kubectl_kcp.model.credential import Credential, CredentialState
from kubectl_kcp.model.etcd import Attempt, ServerCertificate, Stage
from kubectl_kcp.model.rotation import Part, Rotation, TrustBundle, WorkloadTrust
from kubectl_kcp.model.secret import CertificateSecret, Purpose
from kubectl_kcp.pki.certificate import read_der
from kubectl_kcp.pki.judge import judge
from kubectl_kcp.pki.rotation import rotations
from kubectl_kcp.pki.serving import of_api_server, of_etcd
from kubectl_kcp.sources.secrets import reduce
from tests.lab.certificates import Key, Pair, b64, issue, private_pem, public_pem

NOW = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
DAY = dt.timedelta(days=1)
OLD, NEW, THIRD = (issue("kubernetes", start=-days * DAY, end=3650 * DAY) for days in (400, 2, 500))
PLANE = ControlPlane("ns", "c1-cp", "KubeadmControlPlane", initialized=True)
CLUSTER = Cluster("ns", "c1", created=NOW - 400 * DAY, control_plane_kind=PLANE.kind, control_plane=PLANE)


def pem(*pairs: Pair) -> bytes:
    return b"".join(p.certificate_pem for p in pairs)


def secret(purpose: str, data: dict[str, bytes]) -> CertificateSecret:
    meta = {"namespace": "ns", "name": f"c1-{purpose}", "labels": {"cluster.x-k8s.io/cluster-name": "c1"}}
    made = reduce({"metadata": meta, "type": "cluster.x-k8s.io/secret", "data": {k: b64(v) for k, v in data.items()}})
    assert made is not None
    return made


def authority(purpose: str, *pairs: Pair, key: Pair | None = None) -> CertificateSecret:
    """Signed with by the first, unless ``key`` is another's."""
    return secret(purpose, {"tls.crt": pem(*pairs), "tls.key": (key or pairs[0]).key_pem})


def account_keys(*keys: Key) -> CertificateSecret:
    return secret("sa", {"tls.crt": b"".join(map(public_pem, keys)), "tls.key": private_pem(keys[0])})


def kubeconfig(by: Pair, *trusted: Pair) -> CertificateSecret:
    admin = issue("kubernetes-admin", by, ("system:masters",))
    user = {"client-certificate-data": b64(admin.certificate_pem), "client-key-data": b64(admin.key_pem)}
    document = {
        "clusters": [{"name": "c1", "cluster": {"server": "https://10.0.0.1:6443", "certificate-authority-data": b64(pem(*trusted))}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c1", "user": "u"}}],
        "current-context": "x",
    }
    return secret("kubeconfig", {"value": yaml.safe_dump(document).encode()})


def shown(pair: Pair) -> ServerCertificate:
    made = read_der(pair.certificate.public_bytes(Encoding.DER))
    return ServerCertificate(made.subject, made.issuer, made.not_before, made.not_after, made.sha256, (), made)


class World(Struct):
    """``api`` and ``etcd`` signed what the servers show, None where that was not seen; ``in_cluster`` is what the workload's ConfigMaps
    hold."""

    secrets: list[CertificateSecret]
    api: Pair | None = None
    etcd: Pair | None = None
    in_cluster: dict[Part, bytes] = field(default_factory=dict)
    token_keys: tuple[str, ...] | None = None
    credential: CredentialState = CredentialState.ABSENT
    cluster: Cluster = CLUSTER

    def item(self) -> ClusterStatus:
        found: tuple[CertificateStatus, ...] = judge(self.cluster, self.secrets, NOW, None)
        if self.api is not None:
            seen = Attempt("https://10.0.0.1:6443", Stage.REACHED, certificate=shown(issue("kube-apiserver", self.api)))
            found = of_api_server(self.cluster, found, seen, NOW, None)
        if self.etcd is not None:
            member = of_etcd(self.cluster, Attempt("etcd-n1", Stage.REACHED, certificate=shown(issue("n1", self.etcd))), NOW, None)
            assert member is not None
            found = (*found, member)
        return ClusterStatus(self.cluster, found, Credential(self.credential, controller="kcp"), tuple(self.secrets))

    def rotation(self, purpose: Purpose = Purpose.CA) -> Rotation:
        bundles = tuple(TrustBundle(part, f"ConfigMap {part.value}", content) for part, content in self.in_cluster.items())
        made = rotations(self.item(), WorkloadTrust(bundles, self.token_keys), NOW)
        return next(r for r in made if r.purpose == purpose)

    def renewed_before(self, days: int) -> World:
        return replace(self, cluster=replace(self.cluster, created=NOW - days * DAY))

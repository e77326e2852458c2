"""What a workload cluster's API tells of the CAs that it trusts: four ConfigMaps and the keys of its tokens. Nothing is written."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from typing import Any

from kubectl_kcp.errors import BadInput, KcpError, NotFound, Timeout, Unreachable
from kubectl_kcp.kube.api import Api, Unauthorized, path_of
from kubectl_kcp.kube.kubeconfig import from_bytes
from kubectl_kcp.kube.objects import rows, section, text
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.reference import Failure, Subject
from kubectl_kcp.model.rotation import Part, TrustBundle, WorkloadTrust
from kubectl_kcp.sources.kubeconfig import reduce_kubeconfig

JWKS = "/openid/v1/jwks"
SHA256_BYTES = 32
CLUSTER_INFO = ("kube-public", "cluster-info", "kubeconfig")
"""kubeadm writes it once, at init; a Machine that joins trusts it (cmd/kubeadm/app/phases/bootstraptoken/clusterinfo, discovery/token)."""
FIELDS = (
    (Part.ROOT_CA, "kube-system", "kube-root-ca.crt", "ca.crt"),
    (Part.CLIENT_CA, "kube-system", "extension-apiserver-authentication", "client-ca-file"),
    (Part.FRONT_PROXY_CA, "kube-system", "extension-apiserver-authentication", "requestheader-client-ca-file"),
)
"""``kube-root-ca.crt`` is the file that the controller manager's node has (--root-ca-file); the other is what API servers trust."""


def read_trust(cluster: Cluster, kubeconfig: Callable[[], bytes], timeout: float) -> WorkloadTrust:
    """``kubeconfig`` gives the cluster's own, and may raise KcpError. What is not there is left out; what is not reached is a failure, and
    after one that speaks of all of them nothing more is asked."""
    bundles: list[TrustBundle] = []
    keys: list[tuple[str, ...]] = []
    try:
        api = Api(from_bytes(kubeconfig(), str(cluster.ref)), timeout)
    except KcpError as e:
        return WorkloadTrust(failures=(Failure.of(Subject.of("Cluster", cluster.ref, "workload API"), e),))
    failures: list[Failure] = []
    for part, read in _reads(api, bundles, keys):
        try:
            read()
        except NotFound:
            continue
        except KcpError as e:
            whole = isinstance(e, (Unreachable, Timeout, Unauthorized))
            failures.append(Failure.of(Subject.of("Cluster", cluster.ref, "workload API" if whole else part), e))
            if whole:
                break
    return WorkloadTrust(tuple(bundles), keys[0] if keys else None, tuple(failures))


def _reads(api: Api, bundles: list[TrustBundle], keys: list[tuple[str, ...]]) -> Iterator[tuple[str, Callable[[], None]]]:
    held: dict[tuple[str, str], Any] = {}

    def answer(path: str) -> Any:
        found = api.get(path)
        if not isinstance(found, dict):
            raise BadInput(f"{path}: the workload API server answered with something else than an object")
        return found

    def config_map(namespace: str, name: str) -> Any:
        if (namespace, name) not in held:
            held[namespace, name] = section(answer(path_of("", "v1", "configmaps", namespace, name)), "data")
        return held[namespace, name]

    def cluster_info() -> None:
        namespace, name, field = CLUSTER_INFO
        content = text(config_map(namespace, name), field)
        try:
            pem = reduce_kubeconfig(content.encode()).ca_pem
        except ValueError as e:
            raise BadInput(f"ConfigMap {namespace}/{name}: {e}") from None
        bundles.append(TrustBundle(Part.CLUSTER_INFO, f"ConfigMap {namespace}/{name}", pem))

    def of_field(part: Part, namespace: str, name: str, field: str) -> Callable[[], None]:
        def read() -> None:
            pem = text(config_map(namespace, name), field)
            if pem:
                bundles.append(TrustBundle(part, f"ConfigMap {namespace}/{name}, {field}", pem.encode()))

        return read

    def token_keys() -> None:
        found = [_digest(text(key, "kid")) for key in rows(answer(JWKS), "keys")]
        if found and all(found):
            keys.append(tuple(found))

    yield CLUSTER_INFO[1], cluster_info
    yield from ((name, of_field(part, namespace, name, field)) for part, namespace, name, field in FIELDS)
    yield JWKS, token_keys


def _digest(kid: str) -> str:
    """The key's public SHA-256 in hex, which is its ID in base64 (kubernetes pkg/serviceaccount/jwt.go, keyIDFromPublicKey); "" where a
    signer of another kind names its keys otherwise."""
    try:
        raw = base64.urlsafe_b64decode(kid + "=" * (-len(kid) % 4))
    except (binascii.Error, ValueError):
        return ""
    return raw.hex() if len(raw) == SHA256_BYTES else ""

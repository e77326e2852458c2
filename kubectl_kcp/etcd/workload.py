"""A workload cluster's etcd from here: a route to its members, and a credential of our own or, with external etcd, of its Secret.

The CA's private key is read, used to sign one leaf, and dropped. Nothing here touches a file.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime, timezone

from msgspec.structs import replace

from kubectl_kcp.advice import GRANT
from kubectl_kcp.errors import Forbidden, KcpError, NotFound
from kubectl_kcp.etcd.attempt import StageError, attempt
from kubectl_kcp.etcd.leaf import LIFE, Leaf, issue
from kubectl_kcp.etcd.leaf_cache import CacheKey, LeafCache
from kubectl_kcp.etcd.routes import DirectRoute, PodRoute, Route
from kubectl_kcp.kube.api import Api, path_of
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.etcd import Attempt, Refusal, Stage
from kubectl_kcp.pki.reading import read_certificates

STEP_TIMEOUT = 10.0
"""Seconds for one step: KCP's own dial timeout is 10 s (--etcd-dial-timeout-duration)."""
AUTHENTICATION = frozenset({Refusal.CLIENT_UNKNOWN_CA, Refusal.CLIENT_REQUIRED, Refusal.CLIENT_BAD, Refusal.CLIENT_EXPIRED})


class Leaves:
    """Our client certificates for any number of clusters, through one cache."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.cache: LeafCache[Leaf] = LeafCache(LIFE / 2, lambda: datetime.now(timezone.utc))

    def secret(self, cluster: Cluster, suffix: str) -> Mapping[str, bytes]:
        """A Secret's data. Raises StageError with the reason and the cure."""
        name = f"{cluster.name}-{suffix}"
        try:
            found = self._api.get(path_of("", "v1", "secrets", cluster.namespace, name)).get("data") or {}
            return {k: base64.b64decode(v) for k, v in found.items()}
        except Forbidden as e:
            raise StageError(Stage.CREDENTIAL, str(e), GRANT) from None
        except NotFound:
            raise StageError(Stage.CREDENTIAL, f"Secret {cluster.namespace}/{name} does not exist") from None
        except (binascii.Error, ValueError, TypeError, AttributeError):
            raise StageError(Stage.CREDENTIAL, f"Secret {cluster.namespace}/{name} cannot be read") from None

    def get(self, cluster: Cluster) -> tuple[CacheKey, Leaf]:
        """Of the etcd CA, or with external etcd the Secret that KCP uses. Raises StageError."""
        authority = self.secret(cluster, "etcd")
        ca = authority.get("tls.crt", b"")
        try:
            key = CacheKey(cluster.uid, read_certificates(ca)[0].public_sha256)
        except ValueError as e:
            raise StageError(Stage.CREDENTIAL, f"Secret {cluster.ref}-etcd: {e}") from None
        if not authority.get("tls.key"):
            client = self.secret(cluster, "apiserver-etcd-client")
            return key, Leaf(client.get("tls.crt", b""), ca, datetime.max.replace(tzinfo=timezone.utc), client.get("tls.key", b""))
        try:
            return key, self.cache.get(key, lambda: issue(ca, authority["tls.key"], datetime.now(timezone.utc)))
        except ValueError as e:
            raise StageError(Stage.CREDENTIAL, f"Secret {cluster.ref}-etcd: {e}") from None


class WorkloadEtcd:
    """One cluster's etcd members, each by the name of its Pod (``etcd-NODE``), or of external etcd by its URL."""

    def __init__(self, management: Api, leaves: Leaves, cluster: Cluster) -> None:
        self._leaves, self._cluster = leaves, cluster
        self._timeout = min(management.timeout or STEP_TIMEOUT, STEP_TIMEOUT)
        self._route = self._find_route()

    def _find_route(self) -> Route:
        plane = self._cluster.control_plane
        if plane is not None and plane.external_etcd:
            return DirectRoute(plane.etcd_endpoints, self._timeout)
        return PodRoute(self._cluster, lambda: self._leaves.secret(self._cluster, "kubeconfig").get("value", b""), self._timeout)

    @property
    def route(self) -> Route:
        return self._route

    @property
    def endpoints(self) -> list[str]:
        return self.route.endpoints

    def leaf(self) -> Leaf:
        """What :meth:`attempt` uses. Raises StageError."""
        return self._leaves.get(self._cluster)[1]

    def attempt(self, endpoint: str, members: bool = True) -> Attempt:
        """Never raises for what is in the way: the attempt says where it ended."""
        try:
            key, leaf = self._leaves.get(self._cluster)
            name = self.route.server_name(endpoint)
        except StageError as e:
            return Attempt(endpoint, e.stage, str(e), hint=e.hint)
        except KcpError as e:
            return Attempt(endpoint, Stage.CREDENTIAL, str(e), hint=e.hint)
        made = attempt(endpoint, lambda: self.route.open(endpoint), leaf, self._timeout, members, name)
        if made.refusal in AUTHENTICATION:
            self._leaves.cache.reject(key, leaf)
        return made if made.status is None else replace(made, status=self.route.completed(endpoint, made.status))

    def any(self) -> Attempt:
        """The first member that answers, or that etcd refuses us at; else the last way that failed."""
        last: Attempt | None = None
        for endpoint in self.endpoints:
            last = self.attempt(endpoint)
            if last.reached or last.refusal is not None:
                return last
        return last or Attempt(str(self._cluster.ref), Stage.CREDENTIAL, "no control-plane Machine has a Node yet")

"""The two ways to a cluster's etcd: a port-forward through its API server to each ``etcd-NODE`` Pod, or external etcd's own address."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from kubectl_kcp.errors import BadInput, KcpError, NotFound, Timeout, Unreachable
from kubectl_kcp.etcd.attempt import StageError
from kubectl_kcp.etcd.quota import with_quota
from kubectl_kcp.kube.api import Api, path_of
from kubectl_kcp.kube.kubeconfig import from_bytes
from kubectl_kcp.kube.portforward import connect
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.etcd import MemberStatus, Stage

PORT = 2379
NAMESPACE = "kube-system"
ETCD_CHECK = "/livez/etcd"


class Route(Protocol):
    """To each of ``endpoints``, which name the members as far as the management cluster knows them."""

    @property
    def endpoints(self) -> list[str]: ...

    def open(self, endpoint: str) -> socket.socket:
        """A stream to the member's client port, without TLS. Raises StageError."""

    def server_name(self, endpoint: str) -> str | None:
        """What the server's certificate must name; None for whatever it does."""

    def completed(self, endpoint: str, status: MemberStatus) -> MemberStatus:
        """``status`` with what its surroundings know of the member."""


class PodRoute:
    """``kubeconfig`` gives the bytes of the cluster's kubeconfig Secret, once. ``timeout`` is for one step, in seconds."""

    def __init__(self, cluster: Cluster, kubeconfig: Callable[[], bytes], timeout: float) -> None:
        self._cluster, self._kubeconfig, self._timeout = cluster, kubeconfig, timeout
        self._api: Api | None = None

    @property
    def endpoints(self) -> list[str]:
        """One for each control-plane Machine that has a Node."""
        return [f"etcd-{m.node}" for m in self._cluster.machines if m.node and not m.deleting]

    def open(self, endpoint: str) -> socket.socket:
        api = self._workload()
        try:
            api.get("/version")
        except (Unreachable, Timeout) as e:
            raise StageError(Stage.DIAL, f"the workload API server cannot be reached from here: {e}") from None
        except NotFound:
            pass  # it answers: an in-memory cluster's API server knows no /version
        except KcpError as e:
            raise StageError(Stage.WORKLOAD_API, f"the workload API server: {e}") from None
        try:
            return connect(api, NAMESPACE, endpoint, PORT, self._timeout)
        except KcpError as e:
            raise StageError(Stage.PORT_FORWARD, f"{_without_etcd(api)}{e}") from None

    def server_name(self, endpoint: str) -> str | None:
        return None

    def completed(self, endpoint: str, status: MemberStatus) -> MemberStatus:
        if status.quota_source is not None:
            return status
        try:
            return with_quota(status, self._workload().get(path_of("", "v1", "pods", NAMESPACE, endpoint)))
        except KcpError:
            return status  # the quota stays unknown

    def _workload(self) -> Api:
        if self._api is None:
            try:
                self._api = Api(from_bytes(self._kubeconfig(), str(self._cluster.ref)), self._timeout)
            except BadInput as e:
                raise StageError(Stage.CREDENTIAL, str(e)) from None
        return self._api


def _without_etcd(api: Api) -> str:
    """What the API server's own health check says of its etcd: without that it finds no Pod to lead to. "" where it is well."""
    try:
        api.request("GET", ETCD_CHECK, tries=1)
    except (Unreachable, Timeout) as e:
        return f"the workload API server does not reach its etcd ({e}); "
    except KcpError:
        pass  # it does not say
    return ""


class DirectRoute:
    """External etcd: the URLs of the KubeadmControlPlane, dialled from here."""

    def __init__(self, urls: tuple[str, ...], timeout: float) -> None:
        self._urls, self._timeout = urls, timeout

    @property
    def endpoints(self) -> list[str]:
        return list(self._urls)

    def open(self, endpoint: str) -> socket.socket:
        host, port = self._address(endpoint)
        try:
            return socket.create_connection((host, port), self._timeout)
        except TimeoutError:
            raise StageError(Stage.DIAL, f"{host}:{port} did not answer from here within {self._timeout:g} s") from None
        except OSError as e:
            raise StageError(Stage.DIAL, f"{host}:{port} cannot be reached from here: {e.strerror or e}") from None

    def server_name(self, endpoint: str) -> str | None:
        try:
            return urlsplit(endpoint).hostname
        except ValueError:
            return None  # open() says what is wrong with it

    def completed(self, endpoint: str, status: MemberStatus) -> MemberStatus:
        return status

    @staticmethod
    def _address(endpoint: str) -> tuple[str, int]:
        try:
            url = urlsplit(endpoint)
            host, port = url.hostname, url.port
        except ValueError:
            host, port = None, None
        if not host:
            raise StageError(Stage.DIAL, f"{endpoint} is no URL of an etcd member")
        if url.scheme != "https":
            raise StageError(Stage.DIAL, f"{endpoint} is not https: without TLS nobody would know who answers")
        return host, port or PORT

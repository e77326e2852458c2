"""Which kinds a process that looks again and again is told of at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from msgspec import Struct

from kubectl_kcp.errors import KcpError
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.kube.api import Api, path_of
from kubectl_kcp.kube.discovery import Discovery
from kubectl_kcp.kube.resources import Resource
from kubectl_kcp.kube.watch import LASTS, Watch
from kubectl_kcp.model.reference import Scope


class Kind(Struct, frozen=True):
    """``of_clusters``: it lives in clusters' namespaces."""

    resource: Resource
    fields: str = ""
    labels: str = ""
    of_clusters: bool = True


KINDS = (
    Kind(r.SECRETS, fields=f"type={r.SECRET_TYPE}"),
    Kind(r.CLUSTERS),
    Kind(r.KUBEADM_CONTROL_PLANES),
    Kind(r.MACHINES),
    Kind(r.DEPLOYMENTS, labels=r.PROVIDER_LABEL, of_clusters=False),
    Kind(r.PODS, labels=r.PROVIDER_LABEL, of_clusters=False),
)
"""What the answers hang on. A Secret of another type, a lease, a log line: these are met at the next look."""


class Watches:
    """A thread and a connection for each kind. One that breaks is begun anew, and ``changed`` is called for what was missed."""

    def __init__(self, api: Api, scope: Scope, changed: Callable[[], None]) -> None:
        self._api, self._scope, self._changed = Api(api.login, LASTS + 30.0), scope, changed
        self._broken: dict[str, bool] = {kind.resource.plural: True for kind in KINDS}

    def start(self, over: threading.Event) -> None:
        for kind in KINDS:
            threading.Thread(target=self._run, args=(kind, over), daemon=True).start()

    def states(self) -> tuple[tuple[str, bool], ...]:
        """Kind, and whether it is watched now."""
        return tuple((kind, not broken) for kind, broken in self._broken.items())

    def _run(self, kind: Kind, over: threading.Event) -> None:
        name = kind.resource.plural
        while not over.is_set():
            try:
                version = Discovery(self._api).version(kind.resource)
                break
            except KcpError:
                over.wait(30)
        else:
            return
        namespace = self._scope.namespace if kind.of_clusters else None
        path = path_of(kind.resource.group, version, name, namespace)
        query = {k: v for k, v in (("fieldSelector", kind.fields), ("labelSelector", kind.labels)) if v}
        watch = Watch(self._api, path, query, self._changed, partial(self._lost, name), partial(self._found, name))
        watch.run(over)

    def _lost(self, name: str, error: KcpError) -> None:
        self._broken[name] = True

    def _found(self, name: str) -> None:
        self._broken[name] = False

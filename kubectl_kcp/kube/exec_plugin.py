"""A kubeconfig's credential plugin (``user.exec``, client.authentication.k8s.io): a token, or a client certificate with its key.

The official client runs it. Its answer stays in memory: the client itself would write the key to a file.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from kubectl_kcp.errors import BadInput, NotFound
from kubectl_kcp.kube.times import parse_time

EARLY = timedelta(seconds=30)
"""Before its end a credential is asked for anew: a request takes its time."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a plugin answered: ``token``, ``certificate`` with ``key`` (PEM), or both. ``until`` is None for this process's life."""

    token: str = field(default="", repr=False)
    certificate: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)
    until: datetime | None = None

    def ends(self, now: datetime) -> bool:
        return self.until is not None and now > self.until - EARLY


class ExecPlugin:
    """``entry`` is the kubeconfig's ``user.exec``, ``cluster`` its cluster, for plugins that ask for it."""

    def __init__(self, entry: Mapping[str, Any], cluster: Mapping[str, Any]) -> None:
        self._entry, self._cluster = dict(entry), dict(cluster)
        self._lock = threading.Lock()
        self._credential: Credential | None = None

    def credential(self) -> Credential:
        """Runs the plugin at first, and again when what it gave has ended. Raises NotFound, BadInput."""
        with self._lock:
            if self._credential is None or self._credential.ends(datetime.now(timezone.utc)):
                self._credential = read(self._run())
            return self._credential

    def _run(self) -> Any:
        from kubernetes.config.config_exception import ConfigException
        from kubernetes.config.exec_provider import ExecProvider
        from kubernetes.config.kube_config import ConfigNode

        try:
            return ExecProvider(ConfigNode("exec", self._entry), None, ConfigNode("cluster", self._cluster)).run()
        except (ConfigException, OSError, KeyError, TypeError, ValueError) as e:
            raise NotFound(
                f"the kubeconfig's credential plugin failed: {' '.join(str(e).split())[:300]}", str(self._entry.get("installHint") or "")
            ) from None


def read(status: Any) -> Credential:
    """The ``status`` of an ExecCredential. Raises BadInput, free of what it holds."""
    if not isinstance(status, Mapping):
        raise BadInput("the kubeconfig's credential plugin answered no status")
    token, certificate, key = (str(status.get(name) or "") for name in ("token", "clientCertificateData", "clientKeyData"))
    if bool(certificate) != bool(key):
        raise BadInput("the kubeconfig's credential plugin answered a client certificate without its key, or a key alone")
    if not token and not certificate:
        raise BadInput("the kubeconfig's credential plugin answered neither a token nor a client certificate")
    return Credential(token, certificate.encode(), key.encode(), parse_time(status.get("expirationTimestamp")))

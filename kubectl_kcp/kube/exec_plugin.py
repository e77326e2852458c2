"""A kubeconfig's credential plugin (``user.exec``, client.authentication.k8s.io): a token, or a client certificate with its key.

The program is run and its answer read here: importing the official client for that took 0.25 to 0.7 s of every run, and it does not
read client certificates. The answer stays in memory. Source of the exchange: client-go ``plugin/pkg/client/auth/exec/exec.go``.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from kubectl_kcp.errors import BadInput, NotFound
from kubectl_kcp.kube.objects import rows, strings, text
from kubectl_kcp.kube.times import parse_time
from kubectl_kcp.machine.windows_program import windows_program

EXTENSION = "client.authentication.k8s.io/exec"
"""Of a kubeconfig's cluster: what is meant for its plugins."""
_TERMINAL = threading.Lock()
"""One plugin after another asks: those of several contexts would ask all at once."""
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

    def _run(self) -> object:
        return answer_of(self._entry, self._cluster)


class Plugins:
    """The credential plugins of one kubeconfig, each run once: users with the same program, arguments and environment share one, and so
    do clusters, unless the plugin asks which cluster it is for (``provideClusterInfo``). Source: client-go's ``cacheKey``."""

    def __init__(self) -> None:
        self._known: dict[str, ExecPlugin] = {}

    def of(self, entry: Mapping[str, Any], cluster: Mapping[str, Any]) -> ExecPlugin:
        told = cluster if entry.get("provideClusterInfo") is True else None
        key = json.dumps((entry, told), sort_keys=True, default=str)
        return self._known.setdefault(key, ExecPlugin(entry, cluster))


def answer_of(entry: Mapping[str, Any], cluster: Mapping[str, Any]) -> object:
    """The ``status`` that the program prints. Raises NotFound with the kubeconfig's ``installHint`` where it cannot be run or fails."""
    command, version, mode = text(entry, "command"), text(entry, "apiVersion"), text(entry, "interactiveMode")
    if not command or not version:
        raise BadInput("the kubeconfig's credential plugin has no command or no apiVersion")
    interactive = mode != "Never" and sys.stdin is not None and sys.stdin.isatty()
    if mode == "Always" and not interactive:
        raise _failed(entry, f"{command} wants to ask something, and there is no terminal")
    environment = os.environ | {text(e, "name"): text(e, "value") for e in rows(entry, "env") if text(e, "name")}
    environment["KUBERNETES_EXEC_INFO"] = json.dumps(_question(entry, version, interactive, cluster))
    try:
        with _TERMINAL if interactive else contextlib.nullcontext():
            done = subprocess.run(  # noqa: S603 - the user's own kubeconfig names it
                [(windows_program(command, environment) or command) if os.name == "nt" else command, *strings(entry, "args")],
                stdin=None if interactive else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=None if interactive else subprocess.PIPE,
                env=environment,
                check=False,
            )
    except (OSError, ValueError) as e:
        raise _failed(entry, str(e)) from None
    if done.returncode != 0:
        said = " ".join((done.stderr or b"").decode("utf-8", "replace").split())
        raise _failed(entry, f"{command} ended with {done.returncode}{': ' + said if said else ''}")
    return _status(done.stdout, version)


def _question(entry: Mapping[str, Any], version: str, interactive: bool, cluster: Mapping[str, Any]) -> dict[str, Any]:
    """The ExecCredential that a plugin finds in its environment."""
    spec: dict[str, Any] = {"interactive": interactive}
    if entry.get("provideClusterInfo") is True:
        spec["cluster"] = dict(cluster)
        for extension in rows(cluster, "extensions"):
            if extension.get("name") == EXTENSION:
                spec["cluster"]["config"] = extension.get("extension")
    return {"apiVersion": version, "kind": "ExecCredential", "spec": spec}


def _status(answer: bytes, version: str) -> object:
    """Raises BadInput, free of what the answer holds."""
    try:
        document = json.loads(answer)
    except (ValueError, RecursionError):
        raise BadInput("the kubeconfig's credential plugin printed something that is not JSON") from None
    if not isinstance(document, dict) or document.get("kind") != "ExecCredential":
        raise BadInput("the kubeconfig's credential plugin printed no ExecCredential")
    if document.get("apiVersion") != version:
        raise BadInput(f"the kubeconfig's credential plugin answered in another version than the kubeconfig's {version}")
    return document.get("status")


def _failed(entry: Mapping[str, Any], words: str) -> NotFound:
    return NotFound(f"the kubeconfig's credential plugin failed: {' '.join(words.split())[:300]}", text(entry, "installHint"))


def read(status: object) -> Credential:
    """The ``status`` of an ExecCredential. Raises BadInput, free of what it holds."""
    if not isinstance(status, Mapping):
        raise BadInput("the kubeconfig's credential plugin answered no status")
    token, certificate, key = (str(status.get(name) or "") for name in ("token", "clientCertificateData", "clientKeyData"))
    if bool(certificate) != bool(key):
        raise BadInput("the kubeconfig's credential plugin answered a client certificate without its key, or a key alone")
    if not token and not certificate:
        raise BadInput("the kubeconfig's credential plugin answered neither a token nor a client certificate")
    return Credential(token, certificate.encode(), key.encode(), parse_time(status.get("expirationTimestamp")))

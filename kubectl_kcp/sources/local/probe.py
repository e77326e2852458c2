"""Which listening sockets are controllers': told by what they serve. Loopback alone is asked, without any credential."""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from kubectl_kcp.errors import KcpError
from kubectl_kcp.knowledge.providers import MAIN_FOLDERS, RECONCILERS
from kubectl_kcp.machine.listeners import Listener
from kubectl_kcp.machine.parallel import Progress, in_parallel

PATIENCE = 2.0
"""Seconds for one answer: loopback, or a port-forward to a cluster."""
MOST = 4 << 20
"""Bytes looked at of a page."""
METRICS, GOROUTINES = "/metrics", "/debug/pprof/goroutine?debug=1"
_CONTROLLER = re.compile(rb'^(?:controller_runtime_\w+|workqueue_\w+)\{[^}\n]*\b(?:controller|name)="([^"\n]+)"', re.MULTILINE)
_MAIN = re.compile(rb"\bmain\.main\+0x[0-9a-f]+\s+(\S*)main\.go:")
_RUNTIME = b"sigs.k8s.io/controller-runtime"


@dataclass(frozen=True, slots=True)
class Served:
    """What a socket serves of a controller; ``provider`` is "" where it does not tell."""

    listener: Listener
    secure: bool
    metrics: bool
    profiles: bool
    provider: str = ""


def controllers_at(found: Sequence[Listener], progress: Progress | None = None) -> list[Served]:
    """Those sockets of ``found`` that serve a controller's metrics or profiles, by port."""
    served = []
    for _, outcome in in_parallel(found, served_at, "what is served", progress, noun="socket"):
        if isinstance(outcome, Served):
            served.append(outcome)
        elif isinstance(outcome, KcpError):
            raise outcome
    return sorted(served, key=lambda s: s.listener.port)


def served_at(listener: Listener) -> Served | None:
    """None for other programs. Plain HTTP is tried first, then TLS with whatever certificate."""
    for secure in (False, True):
        page, stacks = _get(listener, secure, METRICS), _get(listener, secure, GOROUTINES)
        names = {n.decode("utf-8", "replace") for n in _CONTROLLER.findall(page or b"")}
        runs = stacks is not None and stacks.startswith(b"goroutine profile:") and _RUNTIME in stacks
        if names or runs:
            return Served(listener, secure, bool(names), runs, _by_reconciler(names) or _by_main(stacks or b""))
    return None


def _by_reconciler(names: set[str]) -> str:
    return next((provider for name, provider in RECONCILERS.items() if name in names), "")


def _by_main(stacks: bytes) -> str:
    main = _MAIN.search(stacks)
    folder = main.group(1).decode("utf-8", "replace").rstrip("/") if main else ""
    return next((provider for ending, provider in MAIN_FOLDERS.items() if folder.endswith(ending)), "")


def connect(host: str, port: int, secure: bool, timeout: float | None) -> http.client.HTTPConnection:
    """To a loopback address alone; the diagnostics endpoint signs its own certificate, so none is verified."""
    if not secure:
        return http.client.HTTPConnection(host, port, timeout=timeout)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)


def _get(listener: Listener, secure: bool, path: str) -> bytes | None:
    connection = connect(listener.host, listener.port, secure, PATIENCE)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.read(MOST) if response.status == http.client.OK else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()

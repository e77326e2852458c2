"""A way to a Pod's port through the API server: WebSocket port-forward, as a socket.

What is carried, TLS included, is between us and the Pod: the API server's own credential is never sent there.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Any
from urllib.parse import unquote, urlsplit

from kubectl_kcp.advice import GRANT, advice
from kubectl_kcp.errors import Forbidden, KcpError, NotFound, Timeout, Unreachable
from kubectl_kcp.kube.api import Api, failure, path_of
from kubectl_kcp.kube.channels import carried
from kubectl_kcp.kube.deadline import deadline

PROTOCOL = "v4.channel.k8s.io"


def connect(api: Api, namespace: str, pod: str, port: int, timeout: float) -> socket.socket:
    """A connected stream socket; closing it ends the port-forward. Raises Forbidden, NotFound, Unreachable, Timeout."""
    made = carried(_dial(api, namespace, pod, port, timeout), port)
    made.settimeout(timeout)
    return made


def _dial(api: Api, namespace: str, name: str, port: int, timeout: float) -> Any:
    import ssl

    import websocket

    login = api.login
    url = urlsplit(login.server)
    pod = f"{namespace}/{name}"
    path = path_of("", "v1", "pods", namespace, name, "portforward")
    where = f"{'wss' if url.scheme == 'https' else 'ws'}://{url.netloc}{url.path}{path}?ports={port}"
    headers = [f"{k}: {v}" for k, v in api.headers().items()]
    options: dict[str, Any] = {"context": login.tls} if login.tls is not None else {}
    if login.server_name:
        options["server_hostname"] = login.server_name
    if login.tls is not None and login.tls.verify_mode == ssl.CERT_NONE:
        options.update(check_hostname=False, cert_reqs=ssl.CERT_NONE)
    made = websocket.WebSocket(sslopt=options, skip_utf8_validation=True, enable_multithread=True)
    with deadline(timeout, lambda: end(made.sock) if made.sock else None) as limit:
        try:
            made.settimeout(timeout)
            made.connect(where, header=headers, subprotocols=[PROTOCOL], **_proxy(login.proxy))  # type: ignore[no-untyped-call] # websocket has no types
            made.settimeout(None)
        except websocket.WebSocketBadStatusException as e:
            raise _refused(e, pod, path) from None
        except (websocket.WebSocketException, OSError) as e:
            if limit.passed or isinstance(e, (websocket.WebSocketTimeoutException, TimeoutError)):
                raise Timeout(f"port-forward to Pod {pod}: no answer within {timeout:g} s", "--request-timeout gives it longer") from None
            raise Unreachable(f"port-forward to Pod {pod}: {e}") from None
    return made


def _proxy(address: str) -> dict[str, Any]:
    if not address:
        return {}
    url = urlsplit(address)
    identity = {"http_proxy_auth": (unquote(url.username), unquote(url.password or ""))} if url.username else {}
    return {"http_proxy_host": url.hostname, "http_proxy_port": url.port, "proxy_type": "http", **identity}


def _refused(error: Any, pod: str, path: str) -> KcpError:
    body = getattr(error, "resp_body", None) or b""
    made = failure("GET", path, int(error.status_code), body if isinstance(body, bytes) else str(body).encode())
    words = f"port-forward to Pod {pod}: {made}"
    if isinstance(made, Forbidden):
        return Forbidden(words, advice("it takes the verbs get and create on pods/portforward: ", GRANT))
    return NotFound(words) if isinstance(made, NotFound) else Unreachable(words)


def end(stream: socket.socket) -> None:
    """Both ways at once, so that the pump, and whoever reads, ends now."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(stream, socket.SHUT_RDWR)  # of an SSLSocket, too: its own would forget TLS and read what is encrypted


def close(stream: socket.socket) -> None:
    end(stream)
    stream.close()

"""One answer of a controller's diagnostics endpoint, over a port-forward."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from kubectl_kcp.advice import GRANT, Advice, advice, command
from kubectl_kcp.errors import BadInput, Busy, Forbidden, KcpError, NotFound, Timeout, Unreachable
from kubectl_kcp.knowledge.rights import ACCOUNT, NAMESPACE
from kubectl_kcp.kube.api import Api, Conflict, path_of
from kubectl_kcp.kube.deadline import Deadline, deadline
from kubectl_kcp.kube.portforward import close, connect, end
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.endpoint import Endpoint
from kubectl_kcp.sources.busy import in_use

DEFAULT_ACCOUNT = f"{NAMESPACE}/{ACCOUNT}"
"""NAMESPACE/NAME of the ServiceAccount that ``access manifest`` makes."""
LIFE = 600
"""Seconds: the shortest life that TokenRequest grants."""
LARGEST = 512 << 20
AUTHENTICATION_FAILED, NOT_REVIEWED = b"Authentication failed", -500
"""controller-runtime (pkg/metrics/filters) answers 500 with these words where its TokenReview ends in an error: so it does for a token
that has ended, or is of another cluster."""
BROKEN = (OSError, ValueError, http.client.HTTPException)
"""What a connection that ends amid TLS or HTTP is told by."""


class Tokens:
    """A token of the named ServiceAccount: requested once for all controllers, again shortly before its end."""

    def __init__(self, api: Api, account: str, fixed: str = "") -> None:
        self._api, self.account, self._fixed = api, account, fixed
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0

    def get(self) -> str:
        """Raises Forbidden, NotFound with the line that cures it."""
        if self._fixed:
            return self._fixed
        with self._lock:
            if time.monotonic() > self._until:
                self._token, self._until = self._request(), time.monotonic() + LIFE * 0.8
            return self._token

    def drop(self) -> None:
        with self._lock:
            self._until = 0.0

    def _request(self) -> str:
        namespace, _, name = self.account.rpartition("/")
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": LIFE}}
        cure = advice(
            command("access manifest"), " | kubectl apply -f - makes it; --service-account names another, --token-file gives a token"
        )
        try:
            answer = self._api.send("POST", path_of("", "v1", "serviceaccounts", namespace, name, "token"), body)
            return str(answer["status"]["token"])
        except NotFound:
            raise NotFound(f"ServiceAccount {self.account} does not exist: no token for the diagnostics endpoints", cure) from None
        except Forbidden as e:
            raise Forbidden(f"no token of ServiceAccount {self.account}: {e}", GRANT) from None
        except Conflict as e:
            raise Unreachable(f"no token of ServiceAccount {self.account}: {e}", cure) from None
        except (KeyError, TypeError):
            raise BadInput("the API server's TokenRequest answer holds no token") from None


class Call(Struct, frozen=True):
    """What is asked of a Pod. ``timeout`` is in seconds for the whole answer, once the way to the Pod is open; ``flag`` is the
    option of ``access manifest`` that gives the right."""

    pod: Pod
    endpoint: Endpoint
    path: str
    timeout: float
    method: str = "GET"
    body: bytes | None = None
    flag: str = ""


@contextmanager
def answer(api: Api, tokens: Tokens, call: Call) -> Iterator[Iterator[bytes]]:
    """The body in chunks. Raises KcpError that names the Pod's trouble and the cure."""
    token = tokens.get() if call.endpoint.secure else ""
    stream = connect(api, call.pod.namespace, call.pod.name, call.endpoint.port, call.timeout)
    try:
        with deadline(call.timeout, lambda: end(stream)) as limit:
            try:
                if call.endpoint.secure:
                    stream = wrapped = _secured(stream)
                    wrapped.do_handshake()
                response = _ask(stream, call, token)
                if response.status != http.client.OK:
                    body = bytes(response.read(4096))
                    refused = NOT_REVIEWED if body.startswith(AUTHENTICATION_FAILED) else response.status
                    if refused in (http.client.UNAUTHORIZED, NOT_REVIEWED):
                        tokens.drop()
                    raise _refusal(response.status, body, call, refused)
            except BROKEN as e:
                raise _broken(e, call, limit) from None
            yield _chunks(response, call, limit)
    finally:
        close(stream)


def _secured(stream: socket.socket) -> ssl.SSLSocket:
    """The certificate is self-signed: it cannot be verified, and only our own short-lived token is sent over it. An end without
    TLS's own word for it is an error: the answer would be cut."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
    return tls.wrap_socket(stream, do_handshake_on_connect=False, suppress_ragged_eofs=False)


def _ask(stream: socket.socket, call: Call, token: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("localhost", timeout=call.timeout)
    connection.sock = stream
    connection.request(call.method, call.path, call.body, {"Authorization": f"Bearer {token}"} if token else {})
    return connection.getresponse()


def _chunks(response: http.client.HTTPResponse, call: Call, limit: Deadline) -> Iterator[bytes]:
    total = 0
    try:
        while chunk := response.read(1 << 16):
            total += len(chunk)
            if total > LARGEST:
                raise BadInput(f"{call.path} answered more than {LARGEST >> 20} MiB")
            yield chunk
        if response.length or limit.passed:  # read() itself takes what came for the whole
            raise http.client.IncompleteRead(b"", response.length)
    except BROKEN as e:
        raise _broken(e, call, limit, "amid its answer") from None


def _broken(error: Exception, call: Call, limit: Deadline, where: str = "") -> KcpError:
    if limit.passed or isinstance(error, TimeoutError):
        what = "did not end its answer" if where else "gave no answer"
        return Timeout(
            f"{call.path} {what} within {call.timeout:g} s: the process hangs or is overloaded", "--request-timeout gives it longer"
        )
    words = "the connection broke" if isinstance(error, (http.client.HTTPException, ConnectionError, ssl.SSLError)) else str(error)
    hint = (
        "the way through the API server and the kubelet was cut: try again"
        if where
        else "the container may not listen there: kubectl logs, and its args"
    )
    return Unreachable(f"{call.path} on port {call.endpoint.port}: {' '.join(w for w in (words, where) if w)}", hint)


def _refusal(status: int, body: bytes, call: Call, why: int) -> KcpError:
    """``why`` is the status, or NOT_REVIEWED."""
    words = " ".join(body.decode("utf-8", "replace").split())[:200]
    if in_use(words):
        return Busy("another CPU profile of this process is being taken")
    cure = command(f"access manifest {call.flag}".rstrip())
    cures: dict[int, str | Advice] = {
        401: "the token is not accepted: it may have ended, or the controller reviews tokens elsewhere",
        403: advice(
            f"the token's ServiceAccount may not {call.method.lower()} {call.path}: ",
            cure,
            " | kubectl apply -f - (a controller remembers a refusal for 30 s)",
        ),
        NOT_REVIEWED: "the token is not accepted: it has ended or is of another cluster, or the controller may not create "
        "tokenreviews or does not reach the API server",
        404: "this controller does not serve it: its version or flags leave it out",
    }
    made: type[KcpError] = {401: Forbidden, NOT_REVIEWED: Forbidden, 403: Forbidden, 404: NotFound}.get(why, Unreachable)
    return made(f"{call.path} answered {status}{': ' + words if words else ''}", cures.get(why, ""))

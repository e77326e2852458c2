"""Requests to an API server over kept-alive connections: deadlines, retries where they are safe, errors that say what failed."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

from kubectl_kcp.advice import advice, command
from kubectl_kcp.errors import BadInput, Forbidden, KcpError, NotFound, Refused, Timeout, Unreachable
from kubectl_kcp.kube import wire
from kubectl_kcp.kube.deadline import Deadline, deadline
from kubectl_kcp.kube.kubeconfig import Login
from kubectl_kcp.kube.objects import rows, section, text
from kubectl_kcp.kube.reasons import innermost
from kubectl_kcp.kube.times import ahead

if TYPE_CHECKING:
    from urllib3 import HTTPHeaderDict

T = TypeVar("T")
TRIES = 4
"""Attempts of a read: the first and three more, with 0.2, 0.4 and 0.8 s between, or what Retry-After says."""
LONGEST_WAIT = 10.0
SAFE = frozenset({"GET"})
CONNECTIONS = 8


class Unauthorized(Forbidden):
    """401: nothing at all can be read with these credentials."""


class Gone(KcpError):
    """410: a continue token or a resource version has expired."""


class Conflict(Refused):
    """409: the object is not the one that was looked at."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as often as it is tried. ``path`` is for messages."""

    method: str
    path: str
    url: str
    headers: HTTPHeaderDict = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


class Api:
    """``request_timeout`` is in seconds, 0 for none: for one request with its whole answer, however often it is tried."""

    def __init__(self, login: Login, request_timeout: float = 30.0) -> None:
        import urllib3

        from kubectl_kcp.kube.connections import pool

        self.login = login
        self.timeout = request_timeout or None
        options: dict[str, Any] = {
            "maxsize": CONNECTIONS,
            "retries": False,
            "timeout": urllib3.Timeout(connect=min(self.timeout or 10.0, 10.0), read=self.timeout),
        }
        if login.tls is not None:
            options["ssl_context"] = login.tls
            if login.tls.verify_mode == ssl.CERT_NONE:  # the kubeconfig says so: once is enough
                urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            if login.server_name:
                options["server_hostname"] = login.server_name
        self._pool = pool(login.proxy, **options)
        self.skew: float | None = None
        self.answered = False

    def release(self) -> None:
        """Closes the connections that wait for the next request; that one opens another."""
        self._pool.clear()

    def headers(self) -> HTTPHeaderDict:
        """Authentication and impersonation; a group each has a header of its own."""
        from urllib3 import HTTPHeaderDict

        made = HTTPHeaderDict({"User-Agent": "kubectl-kcp"})
        authorization = self.login.authorization()
        if authorization:
            made["Authorization"] = authorization
        if self.login.impersonate_user:
            made["Impersonate-User"] = self.login.impersonate_user
        for group in self.login.impersonate_groups:
            made.add("Impersonate-Group", group)
        return made

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """A JSON answer, decoded."""
        return self._decoded(self.request("GET", path, query), path)

    def send(
        self, method: str, path: str, body: Any, content_type: str = "application/json", query: Mapping[str, Any] | None = None
    ) -> Any:
        """A change, or a review: never tried twice."""
        return self._decoded(self.request(method, path, query, json.dumps(body).encode(), content_type), path)

    @staticmethod
    def _decoded(content: bytes, path: str) -> Any:
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise BadInput(f"{path}: the API server answered with something that is not JSON") from None

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        content_type: str = "",
        tries: int = TRIES,
        accept: str = "",
    ) -> bytes:
        """The whole answer. Raises Forbidden, NotFound, Conflict, Gone, Unreachable, Timeout, BadInput."""
        call = self._call(method, path, query, body, content_type)
        if accept:
            call.headers["Accept"] = accept
        with self._bounded() as over:
            return self._tried(call, lambda response: bytes(response.read()), over, tries)

    @contextmanager
    def stream(self, path: str, query: Mapping[str, Any] | None = None, accept: str = "") -> Iterator[Iterator[bytes]]:
        """An answer as it comes, in chunks; what breaks after the first is not tried again."""
        call = self._call("GET", path, query)
        if accept:
            call.headers["Accept"] = accept
        with self._bounded() as over:
            response = self._tried(call, lambda opened: opened, over)
            try:
                yield self._chunks(response, path, over)
            finally:
                response.close()

    def _chunks(self, response: Any, path: str, over: Deadline) -> Iterator[bytes]:
        try:
            yield from response.stream(1 << 16)
        except Exception as e:  # noqa: BLE001 - as in _tried
            raise self._late("GET", path) if over.passed else self._broken(e, "GET", path) from None
        if over.passed:  # an answer without a length ends where it was cut
            raise self._late("GET", path)

    @contextmanager
    def _bounded(self) -> Iterator[Deadline]:
        from kubectl_kcp.kube.connections import begin_wait

        wait = begin_wait()
        if self.timeout is None:
            yield Deadline()
            return
        with deadline(self.timeout, wait.cut) as over:
            yield over

    def _call(self, method: str, path: str, query: Mapping[str, Any] | None, body: bytes | None = None, content_type: str = "") -> Call:
        url = f"{self.login.server}{path}" + (f"?{urlencode({k: v for k, v in query.items() if v not in (None, '')})}" if query else "")
        headers = self.headers()
        if content_type:
            headers["Content-Type"] = content_type
        return Call(method, path, url, headers, body)

    def _tried(self, call: Call, take: Callable[[Any], T], over: Deadline, tries: int = TRIES) -> T:
        """Sends the request and returns what ``take`` reads from the answer. A request that only reads is sent again after 429, 5xx or a
        broken connection, also one that breaks while ``take`` reads: up to ``tries`` times in all, and while there is time."""
        end = time.monotonic() + (self.timeout or float("inf"))
        tries = tries if call.method in SAFE else 1
        for attempt in range(tries):
            wait, response = 0.2 * 2**attempt, None
            try:
                response = self._pool.request(
                    call.method, call.url, headers=call.headers, body=call.body, preload_content=False, redirect=False
                )
                self.answered = True
                self._note_clock(response.headers.get("Date"))
                if response.status < 400:
                    taken = take(response)
                    self._in_time(call, over)
                    return taken
                error = failure(call.method, call.path, response.status, bytes(response.read(1 << 16)))
                response.release_conn()
                again = response.status == 429 or response.status >= 500
                wait = max(wait, _retry_after(response))
            except Exception as e:  # noqa: BLE001 - urllib3 and ssl raise many kinds; _broken names each or raises it on
                if response is not None:
                    response.close()
                error = self._broken(e, call.method, call.path)
                again = isinstance(error, Unreachable)
            self._in_time(call, over)
            if not again or attempt == tries - 1 or time.monotonic() + wait > end:
                raise error
            time.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _note_clock(self, date: str | None) -> None:
        found = ahead(date, time.time())
        self.skew = self.skew if found is None else found

    def _in_time(self, call: Call, over: Deadline) -> None:
        if over.passed:
            raise self._late(call.method, call.path)

    def _late(self, method: str, path: str) -> Timeout:
        where = f"{self.login.server} ({self.login.name})"
        return Timeout(f"{where} did not answer {method} {path} in time", "--request-timeout gives it longer")

    def _broken(self, error: Exception, method: str, path: str) -> KcpError:
        import urllib3.exceptions as u

        if isinstance(error, KcpError):
            return error
        where = f"{self.login.server} ({self.login.name})"
        refused = isinstance(error, u.NewConnectionError)  # urllib3 makes it a kind of ConnectTimeoutError
        if isinstance(error, (u.ReadTimeoutError, u.ConnectTimeoutError, TimeoutError)) and not refused:
            return self._late(method, path)
        if isinstance(error, u.SSLError):
            return Unreachable(f"{where}: TLS: {innermost(error)}", "the kubeconfig's certificate-authority must be the server's")
        if isinstance(error, (u.HTTPError, OSError)):
            through = " through the kubeconfig's proxy-url" if isinstance(error, u.ProxyError) else ""
            return Unreachable(f"{where} cannot be reached{through}: {innermost(error)}", "kubectl cluster-info tells whether kubectl can")
        raise error


def _retry_after(response: Any) -> float:
    try:
        return min(LONGEST_WAIT, float(response.headers.get("Retry-After", "")))
    except ValueError:
        return 0.0


def failure(method: str, path: str, status: int, content: bytes) -> KcpError:
    """The API server's Status (meta/v1) as an error of ours; its message names user, verb and resource."""
    words = _status_words(content) or f"{method} {path} answered {status}"
    if status == 401:
        return Unauthorized(f"the API server does not accept these credentials (401): {words}", "log in again, or choose another --context")
    if status == 403:
        return Forbidden(words, advice(command("access manifest"), " prints the roles that each command needs"))
    kinds: dict[int, type[KcpError]] = {404: NotFound, 409: Conflict, 410: Gone, 422: Refused, 429: Refused}
    made = kinds.get(status, Unreachable if status >= 500 else Refused)
    return made(words)


def _status_words(content: bytes) -> str:
    """The Status's message, with what it leaves to its causes: which PodDisruptionBudget refuses an eviction."""
    if wire.is_protobuf(content):
        return wire.status_message(content)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, dict):
        return ""
    words = text(document, "message")
    causes = [text(c, "message") for c in rows(section(document, "details"), "causes")]
    return " ".join([words, *(c for c in causes if c and c not in words)]).strip()


def path_of(group: str, version: str, plural: str, namespace: str | None, name: str = "", sub: str = "") -> str:
    """``/api/v1/namespaces/ns/pods/name/log``."""
    root = f"/apis/{group}/{version}" if group else f"/api/{version}"
    parts = [
        root,
        *(["namespaces", quote(namespace)] if namespace else []),
        plural,
        *([quote(name)] if name else []),
        *([sub] if sub else []),
    ]
    return "/".join(parts)

"""A profile straight from a controller's pprof endpoint: ``--profiler-address``, or a port-forward to the diagnostics port."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from kubectl_kcp.errors import BadInput, Busy, Forbidden, NotFound, Timeout, Unreachable, UsageError
from kubectl_kcp.sources.busy import in_use, when_free
from kubectl_kcp.sources.interface import ProfileKind

if TYPE_CHECKING:
    import http.client
    import ssl

LIMIT = 64 << 20
"""Bytes of an answer, as sent."""
CHUNK = 1 << 16
ERROR_TEXT = 300
PPROF = "/debug/pprof"
LOOPBACK = ("localhost", "127.0.0.1", "::1")

Tick = Callable[[float], None]
"""Told about ten times a second how many seconds have passed since the request."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``token`` is sent as a bearer token. ``timeout`` is in seconds beyond a CPU profile's window, 0 for none."""

    url: str
    token: str = field(default="", repr=False)
    ca_file: str | None = None
    insecure: bool = False
    timeout: float = 30.0


def profile_path(url: SplitResult, kind: ProfileKind, seconds: float) -> str:
    """The path to ask for. ``url`` names the server, ``/debug/pprof``, or one profile; a query of its own is kept."""
    path = url.path.rstrip("/")
    query = url.query
    if path == "" or path.endswith(PPROF):
        path = (path or PPROF).removesuffix(PPROF) + kind.path
    if not query and path.endswith("/profile"):
        query = f"seconds={max(1, round(seconds))}"
    return path + (f"?{query}" if query else "")


def kind_in(url: str) -> ProfileKind | None:
    """The kind that a full profile path names."""
    path = urlsplit(url).path.rstrip("/")
    return next((k for k in ProfileKind if path.endswith(k.path)), None)


def fetch(endpoint: Endpoint, kind: ProfileKind, seconds: float, tick: Tick | None = None) -> bytes:
    """Redirects are not followed: a token would go along. Raises UsageError, Unreachable, Timeout, Forbidden, NotFound, BadInput,
    Busy."""
    url = _checked(endpoint)
    window = seconds if kind is ProfileKind.CPU else 0.0
    return when_free(lambda: _take(url, endpoint, profile_path(url, kind, seconds), window, tick), endpoint.timeout)


def get(endpoint: Endpoint) -> bytes:
    """What the address itself answers. Raises as :func:`fetch` does."""
    url = _checked(endpoint)
    return _take(url, endpoint, url.path + (f"?{url.query}" if url.query else ""), 0.0, None)


def _take(url: SplitResult, endpoint: Endpoint, path: str, window: float, tick: Tick | None) -> bytes:
    limit = window + endpoint.timeout if endpoint.timeout else 0.0
    deadline = time.monotonic() + limit if limit else None
    import http.client

    connection = _connection(url, endpoint)
    try:
        headers = {"Accept": "*/*", **({"Authorization": f"Bearer {endpoint.token}"} if endpoint.token else {})}
        connection.request("GET", path, headers=headers)
        with _answer(connection, deadline, tick) as response:
            if response.status != http.client.OK:
                raise _refusal(endpoint.url, response)
            return _body(connection, response, deadline, endpoint.url)
    except TimeoutError:
        raise Timeout(f"{endpoint.url}: no profile within {limit:.0f} s", "--request-timeout allows more") from None
    except (OSError, http.client.HTTPException) as e:
        raise Unreachable(f"{endpoint.url}: {_reason(e)}", _hint(e, url)) from None
    finally:
        connection.close()


def _checked(endpoint: Endpoint) -> SplitResult:
    try:
        url = urlsplit(endpoint.url)
        _ = url.port
    except ValueError as e:
        raise UsageError(f"--url {endpoint.url}: {e}") from None
    if url.scheme not in ("http", "https") or not url.hostname:
        raise UsageError(f"--url {endpoint.url}: not an http:// or https:// address", "as in http://localhost:40001")
    if url.username or url.password:
        raise UsageError("--url: an address with a password in it is not used", "--token-file holds a bearer token")
    if endpoint.token and url.scheme == "http" and url.hostname not in LOOPBACK:
        raise UsageError(f"--url {endpoint.url}: a token is not sent in clear to another machine", "use https://")
    return url


def _connection(url: SplitResult, endpoint: Endpoint) -> http.client.HTTPConnection:
    import http.client

    host, timeout = url.hostname or "", endpoint.timeout or None
    if url.scheme == "http":
        return http.client.HTTPConnection(host, url.port, timeout=timeout)
    return http.client.HTTPSConnection(host, url.port, timeout=timeout, context=_tls(endpoint))


def _tls(endpoint: Endpoint) -> ssl.SSLContext:
    import ssl

    try:
        context = ssl.create_default_context(cafile=endpoint.ca_file)
    except (OSError, ssl.SSLError) as e:
        raise BadInput(f"--ca-file {endpoint.ca_file}: {_reason(e)}") from None
    if endpoint.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _answer(connection: http.client.HTTPConnection, deadline: float | None, tick: Tick | None) -> http.client.HTTPResponse:
    """Waits for the first byte, telling ``tick`` how long it takes: a CPU profile comes when its window is over."""
    import select

    sock = connection.sock
    started = time.monotonic()
    pending = getattr(sock, "pending", int)
    while not pending() and not select.select([sock], [], [], 0.1)[0]:
        now = time.monotonic()
        if deadline is not None and now > deadline:
            raise TimeoutError
        if tick is not None:
            tick(now - started)
    return connection.getresponse()


def _body(connection: http.client.HTTPConnection, response: http.client.HTTPResponse, deadline: float | None, name: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    while chunk := response.read1(CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > LIMIT:
            raise BadInput(f"{name}: the answer exceeds {LIMIT >> 20} MiB, so no profile")
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError
    missing = response.length
    if missing:
        raise Unreachable(f"{name}: the connection broke {missing} bytes before the profile's end", "try again")
    return b"".join(parts)


def _refusal(name: str, response: http.client.HTTPResponse) -> BadInput | Busy | Forbidden | NotFound:
    text = " ".join(response.read(ERROR_TEXT).decode("utf-8", "replace").split())
    said = f"{name}: HTTP {response.status} {response.reason}" + (f": {text}" if text and not text.startswith("<") else "")
    if response.status == 401:
        return Forbidden(said, "--token-file names a file with a bearer token")
    if response.status == 403:
        return Forbidden(said, 'the token needs verb get on nonResourceURLs ["/debug/pprof/*"]')
    if response.status == 404:
        return NotFound(said, "pprof is served by --profiler-address, or by --diagnostics-address without --insecure-diagnostics")
    if in_use(text):
        return Busy(f"{name}: another CPU profile of this process is being taken")
    if 300 <= response.status < 400:
        return BadInput(said, "redirects are not followed: give the address it leads to")
    return BadInput(said)


def _reason(error: Exception) -> str:
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate cannot be verified: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or error}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _hint(error: Exception, url: SplitResult) -> str:
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        return "the diagnostics endpoint signs its own certificate: --ca-file, or --insecure-skip-tls-verify"
    if isinstance(error, ssl.SSLError):
        return "is it a plain http:// port?"
    if isinstance(error, ConnectionRefusedError) and url.hostname in LOOPBACK:
        return "is the port-forward running?"
    return ""

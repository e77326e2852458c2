"""Requests to a store of metrics or profiles: one deadline over each answer, bounded, redirects not followed, nothing secret in errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from kubectl_kcp.errors import BadInput, Busy, Forbidden, KcpError, NotFound, Refused, Timeout, Unreachable, UsageError
from kubectl_kcp.kube.deadline import Deadline, deadline
from kubectl_kcp.kube.reasons import innermost

LIMIT = 256 << 20
"""Bytes of an answer."""
ERROR_TEXT = 300
LOOPBACK = ("localhost", "127.0.0.1", "::1")
JSON = "application/json"
SECRET_HEADERS = ("authorization", "cookie", "token", "key", "secret")
"""A header whose name holds one of these is not sent in clear to another machine."""


class MethodRefused(NotFound):
    """405: a proxy that lets only some methods through."""


@dataclass(frozen=True, slots=True)
class Address:
    """``url`` holds a path where the API does not begin at the root. ``headers`` are sent along and never shown. ``timeout`` is in
    seconds for a whole answer, 0 for none. ``server_name`` is what the certificate must name where that is not the host; ``name``
    is how messages call it."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca_file: str | None = None
    timeout: float = 30.0
    server_name: str = ""
    name: str = ""


def checked(address: Address, option: str) -> Address:
    """``option`` is the one that the address was given by. Raises UsageError."""
    try:
        url = urlsplit(address.url)
        _ = url.port
    except ValueError as e:
        raise UsageError(f"{option} {address.url}: {e}") from None
    if url.username or url.password:
        raise UsageError(f"{option}: an address with a password in it is not used", "--header 'Authorization: Basic …' sends one")
    if url.scheme not in ("http", "https") or not url.hostname:
        raise UsageError(f"{option} {address.url}: not an http:// or https:// address", "as in http://localhost:9090")
    if url.query or url.fragment:
        raise UsageError(f"{option} {address.url}: an address ends with its path")
    secret = [name for name in address.headers if any(word in name.lower() for word in SECRET_HEADERS)]
    if secret and url.scheme == "http" and url.hostname not in LOOPBACK:
        raise UsageError(f"{option} {address.url}: {secret[0]} is not sent in clear to another machine", "use https://")
    return address


class Store:
    """Safe for several threads. Connects to nothing before the first request."""

    def __init__(self, address: Address) -> None:
        import ssl

        import urllib3

        from kubectl_kcp.kube.connections import pool

        self.name = address.name or address.url
        self._base = address.url.rstrip("/")
        self._headers = {"User-Agent": "kubectl-kcp", **address.headers}
        self._timeout = address.timeout or None
        options: dict[str, Any] = {
            "maxsize": 16,
            "retries": False,
            "timeout": urllib3.Timeout(connect=min(self._timeout or 10.0, 10.0), read=self._timeout),
        }
        if address.url.startswith("https:"):
            try:
                options["ssl_context"] = ssl.create_default_context(cafile=address.ca_file)
            except (OSError, ssl.SSLError) as e:
                raise BadInput(f"--ca-file {address.ca_file}: {getattr(e, 'strerror', None) or e}") from None
            if address.server_name:
                options["server_hostname"] = address.server_name
        self._pool = pool("", **options)

    def ask(
        self, method: str, path: str, fields: list[tuple[str, str]] | None = None, body: bytes | None = None, form: str = JSON
    ) -> bytes:
        """``fields`` go into the body of a POST as a form, else into the query; ``form`` is what ``body`` and the answer are.

        Raises Forbidden, NotFound, Refused, Busy, Timeout, Unreachable, BadInput.
        """
        headers = {**self._headers, "Accept": form}
        url = f"{self._base}{path}"
        if body is not None:
            headers["Content-Type"] = form
        elif method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(fields or []).encode()
        elif fields:
            url += f"?{urlencode(fields)}"
        from kubectl_kcp.kube.connections import begin_wait

        wait = begin_wait()
        if self._timeout is None:
            return self._answer(method, url, headers, body, Deadline())
        with deadline(self._timeout, wait.cut) as over:
            return self._answer(method, url, headers, body, over)

    def _answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, over: Deadline) -> bytes:
        response = None
        try:
            response = self._pool.request(method, url, headers=headers, body=body, preload_content=False, redirect=False)
            content = self._read(response)
        except Exception as e:  # noqa: BLE001 - urllib3 and ssl raise many kinds; _broken names each or raises it on
            if response is not None:
                response.close()
            raise self._late() if over.passed else self._broken(e, response is not None) from None
        if over.passed:  # an answer without a length ends where it was cut
            raise self._late()
        response.release_conn()
        if response.status != 200:
            raise self._refusal(response.status, content)
        if headers["Accept"] == JSON and content.lstrip()[:1] == b"<":
            raise BadInput(f"{self.name} answered with a web page", "a login page or a proxy? The path before /api belongs to the address")
        return content

    def _read(self, response: Any) -> bytes:
        parts, size = [], 0
        for chunk in response.stream(1 << 16):
            parts.append(chunk)
            size += len(chunk)
            if size > LIMIT:
                raise BadInput(f"{self.name} answered more than {LIMIT >> 20} MiB", "ask for less: a shorter --since, or --match")
        return b"".join(parts)

    def _late(self) -> Timeout:
        return Timeout(
            f"{self.name} did not answer within {self._timeout:g} s", "--request-timeout gives it longer, a shorter --since less to do"
        )

    def _broken(self, error: Exception, amid: bool) -> KcpError:
        import urllib3.exceptions as u

        if isinstance(error, KcpError):
            return error
        if isinstance(error, (u.ReadTimeoutError, u.ConnectTimeoutError, TimeoutError)) and not isinstance(error, u.NewConnectionError):
            return self._late()
        if amid and isinstance(error, (u.HTTPError, OSError)):
            return Unreachable(f"{self.name}: the connection broke amid the answer", "try again")
        if isinstance(error, u.SSLError):
            return Unreachable(f"{self.name}: TLS: {innermost(error)}", "--ca-file names the CA that signed its certificate")
        if isinstance(error, (u.HTTPError, OSError)):
            return Unreachable(f"{self.name} cannot be reached: {innermost(error)}")
        raise error

    def _refusal(self, status: int, content: bytes) -> KcpError:
        said = reason(content)
        words = f"{self.name} answered {status}" + (f": {said}" if said else "")
        if 300 <= status < 400:
            return BadInput(words, "redirects are not followed: give the address it leads to (a login page, perhaps)")
        kind, hint = REFUSALS.get(status, (Unreachable if status >= 500 else Refused, ""))
        return kind(words, hint)


REFUSALS: Mapping[int, tuple[type[KcpError], str]] = {
    400: (BadInput, ""),
    401: (Forbidden, "a token by --prometheus-token-file (profile: --token-file), or --header 'Authorization: …'"),
    403: (Forbidden, "the token or user that was sent may not read this"),
    404: (NotFound, "no such API there: the path before /api belongs to the address, as in https://host/prefix"),
    405: (MethodRefused, ""),
    422: (Refused, "the store's own limit: a shorter --since, or --match, asks for less"),
    429: (Busy, "the store limits how much is asked at once: try again"),
    503: (Unreachable, "it is overloaded, starting, or a part of it is missing: try again, or a shorter --since"),
    504: (Timeout, "a shorter --since asks for less"),
}


def reason(content: bytes) -> str:
    """``error`` or ``message`` of a JSON answer, or its text; "" for a web page."""
    import json

    try:
        document = json.loads(content)
        words = next((document[k] for k in ("error", "message") if isinstance(document.get(k), str)), "")
    except (ValueError, RecursionError, AttributeError):
        text = content[: 4 * ERROR_TEXT].decode("utf-8", "replace")
        words = "" if text.lstrip().startswith("<") else text
    return " ".join(words.split())[:ERROR_TEXT]

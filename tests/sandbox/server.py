"""The API server: TLS, who asks, what they may, and which room answers."""

from __future__ import annotations

import asyncio
import socket
import ssl
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.lab.certificates import Pair, b64, issue
from tests.sandbox.alerts import Telling
from tests.sandbox.answers import Answers, encode
from tests.sandbox.backend import Backend
from tests.sandbox.errors import ApiError
from tests.sandbox.identity import ANONYMOUS, Certificates, Tokens, User
from tests.sandbox.impersonation import impersonated
from tests.sandbox.listening import deafen, listen
from tests.sandbox.listing import Lists
from tests.sandbox.portforward import PortForwards
from tests.sandbox.rbac import Rights
from tests.sandbox.request_info import RequestInfo, parse
from tests.sandbox.store import Store

Interceptor = Callable[[web.Request], Awaitable["web.StreamResponse | None"]]
HOSTS = ("127.0.0.1", "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
IGNORE_TIMES = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME: a client certificate that has expired is answered 401, as kube-apiserver does, not in TLS."""
LARGEST_BODY = 8 << 20


class ApiServer:
    """Used from one event loop only. ``interceptors`` see each request first; the first answer counts."""

    def __init__(self, store: Store, authority: Pair, backend: Backend) -> None:
        self.store, self.authority, self.backend = store, authority, backend
        self.interceptors: list[Interceptor] = []
        self.url = ""
        self.tokens, self.rights = Tokens(store), Rights(store)
        self.lists, self.forwards = Lists(store), PortForwards(store, backend)
        self._answers = Answers(store, backend, self.rights, self.tokens, self.lists)
        self._certificates = Certificates(store)
        self._tls: ssl.SSLContext | None = None
        self._runner: web.AppRunner | None = None
        self._listening: socket.socket | None = None
        self._open: set[asyncio.BaseTransport] = set()
        self._port = 0

    async def start(self, port: int = 0) -> None:
        """Started again, it listens on the port that it had."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._handle)
        app.on_response_prepare.append(self._date)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        self._tls = self._tls or self._context()
        self._listening = listen(port or self._port)
        self._port = self._listening.getsockname()[1]
        await web.SockSite(self._runner, self._listening, ssl_context=self._tls).start()
        self.url = f"https://127.0.0.1:{self._port}"

    async def stop(self) -> None:
        """Every connection ends at once."""
        runner, self._runner = self._runner, None
        if runner is None or self._listening is None:
            return
        await deafen(self._listening)
        for site in list(runner.sites):
            await site.stop()
        self.drop_connections()
        await asyncio.sleep(0)
        await runner.cleanup()

    def drop_connections(self) -> None:
        for transport in list(self._open):
            with suppress(AttributeError):  # one that has just closed (Python 3.11.2's asyncio)
                transport.abort()  # type: ignore[attr-defined]
        self._open.clear()

    def _context(self) -> ssl.SSLContext:
        pair = issue("kube-apiserver", self.authority, hosts=HOSTS)
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.sslobject_class = Telling
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "tls.pem")
            file.touch(mode=0o600)
            file.write_bytes(pair.key_pem + pair.certificate_pem)
            made.load_cert_chain(file)
        made.load_verify_locations(cadata=self.authority.certificate_pem.decode())
        made.verify_mode = ssl.CERT_OPTIONAL
        made.verify_flags |= ssl.VerifyFlags(IGNORE_TIMES)
        return made

    @property
    def clock_offset(self) -> float:
        """Seconds that its clock is ahead: the ``Date`` header, tokens' ends and objects' times."""
        return self.store.clock_offset

    @clock_offset.setter
    def clock_offset(self, seconds: float) -> None:
        self.store.clock_offset = seconds

    def kubeconfig(self, name: str, groups: Sequence[str] = ()) -> dict[str, Any]:
        """Of a user with a client certificate made now."""
        pair = issue(name, self.authority, tuple(groups))
        user = {"client-certificate-data": b64(pair.certificate_pem), "client-key-data": b64(pair.key_pem)}
        cluster = {"server": self.url, "certificate-authority-data": b64(self.authority.certificate_pem)}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "sandbox", "cluster": cluster}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": name}}],
            "current-context": "sandbox",
        }

    def token(self, namespace: str, account: str, seconds: int = 3600) -> str:
        return self.tokens.issue(namespace, account, seconds)

    def tokens_end(self) -> None:
        """Each that was issued is refused from now on."""
        self.tokens.end()

    def reviewed(self, token: str) -> User | None:
        return self.tokens.user(token)

    def allowed(
        self,
        user: User,
        verb: str,
        *,
        group: str = "",
        resource: str = "",
        subresource: str = "",
        namespace: str = "",
        name: str = "",
        url: str = "",
    ) -> bool:
        """Of a resource, or of a ``url`` that is none."""
        return self.rights.decide(user, RequestInfo(verb, url, group, "v1" if resource else "", resource, subresource, namespace, name))[0]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            self._open = {t for t in self._open if not t.is_closing()} | {request.transport}
        try:
            for interceptor in list(self.interceptors):
                answer = await interceptor(request)
                if answer is not None:
                    return answer
            asked = parse(request.method, request.path, request.query)
            user = impersonated(self._user(request), request.headers, asked, lambda *of: self.rights.decide(*of)[0])
            self._demand(user, asked)
            if (asked.resource, asked.subresource) == ("pods", "portforward"):
                self._demand(user, parse("POST", request.path, request.query))  # Kubernetes 1.35: also of a WebSocket, which is a GET
                return await self.forwards.serve(request, asked)
            return await self._answers.answer(request, user, asked)
        except ApiError as e:
            return refused(e)

    def _user(self, request: web.Request) -> User:
        """Raises ApiError 401 for a credential that is no good; without any it is nobody."""
        tls = request.transport.get_extra_info("ssl_object") if request.transport else None
        der = tls.getpeercert(binary_form=True) if tls else None
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        found = self._certificates.user(der) if der else None
        if found is None and scheme.lower() == "bearer":
            found = self.tokens.user(token.strip())
        elif found is None and not der and not scheme:
            found = ANONYMOUS
        if found is None:
            raise ApiError(401, "Unauthorized")
        return found

    def _demand(self, user: User, asked: RequestInfo) -> None:
        allowed, reason = self.rights.decide(user, asked)
        if not allowed:
            words = asked.forbidden(asked.cannot(user.name) + (f": {reason}" if reason else ""))
            raise ApiError(403, words, details=asked.about())

    async def _date(self, _: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = format_datetime(self.store.now(), usegmt=True)


def refused(error: ApiError) -> web.Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    return web.Response(status=error.status, body=encode(error.body()), content_type="application/json", headers=headers)

"""The API server: TLS, who asks, what they may, and which room answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web

from tests.lab.certificates import Pair
from tests.sandbox.backend import Backend
from tests.sandbox.identity import User
from tests.sandbox.store import Store

Interceptor = Callable[[web.Request], Awaitable["web.StreamResponse | None"]]


class ApiServer:
    """Used from one event loop only."""

    def __init__(self, store: Store, authority: Pair, backend: Backend) -> None:
        self.store, self.authority, self.backend = store, authority, backend
        self.clock_offset = 0.0
        self.interceptors: list[Interceptor] = []
        self.url = ""

    async def start(self, port: int = 0) -> None: ...
    async def stop(self) -> None: ...
    def kubeconfig(self, name: str, groups: Sequence[str] = ()) -> dict[str, Any]: ...
    def token(self, namespace: str, account: str, seconds: int = 3600) -> str: ...
    def tokens_end(self) -> None: ...
    def reviewed(self, token: str) -> User | None: ...
    def allowed(
        self, user: User, verb: str, *, group: str = "", resource: str = "", subresource: str = "", namespace: str = "", name: str = "", url: str = ""
    ) -> bool: ...

"""What can go wrong between a client and its API server, made on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web

from tests.sandbox.answers import encode
from tests.sandbox.errors import ApiError
from tests.sandbox.server import ApiServer, Interceptor, refused

Matches = Callable[[web.Request], bool]
MESSAGES = {
    401: "Unauthorized",
    403: "forbidden: refused by a fault",
    404: "the server could not find the requested resource",
    410: "The provided continue parameter is too old to display a consistent list result.",
    429: "the server has received too many requests and has asked us to try again later",
    500: "Internal error occurred: etcdserver: request timed out",
    503: "the server is currently unable to handle the request",
}


class Faults:
    """Each method adds one fault and gives the interceptor back, for :meth:`end`. All are to be called in the server's loop."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server

    def status(self, code: int, when: Matches, times: int | None = None, retry_after: int | None = None) -> Interceptor:
        """The next ``times`` matching requests are refused, all where it is None."""
        return self._add(when, lambda request: _refuse(code, retry_after), times)

    def hang(self, when: Matches, times: int | None = None) -> Interceptor:
        """The request is taken, and never answered."""
        return self._add(when, lambda request: _never(), times)

    def reset(self, when: Matches, times: int | None = None) -> Interceptor:
        """The connection ends without an answer."""
        return self._add(when, _cut, times)

    def half(self, when: Matches, times: int | None = None) -> Interceptor:
        """An answer that ends before its announced length."""
        return self._add(when, _half, times)

    def garbage(self, when: Matches, content: bytes = b"<html>not an API server</html>", times: int | None = None) -> Interceptor:
        """Status 200, and something that is not JSON."""
        return self._add(when, lambda request: _garbage(content), times)

    def slow(self, when: Matches, seconds: float, times: int | None = None) -> Interceptor:
        """Answered as usual, but later."""
        return self._add(when, lambda request: asyncio.sleep(seconds), times)

    def pages_expire(self, times: int = 1) -> None:
        """The next continue tokens are answered 410."""
        self._server.lists.tokens_expire = times

    def forwards_cut_after(self, size: int | None) -> None:
        """Every port-forward from now on is cut after so many bytes from the Pod."""
        self._server.forwards.limit = size

    def clock(self, seconds: float) -> None:
        self._server.clock_offset = seconds

    def end(self, *faults: Interceptor) -> None:
        """These, or all."""
        for fault in faults or tuple(self._server.interceptors):
            with suppress(ValueError):
                self._server.interceptors.remove(fault)
        if not faults:
            self.pages_expire(0)
            self.forwards_cut_after(None)
            self.clock(0.0)

    def _add(self, when: Matches, act: Callable[[web.Request], object], times: int | None) -> Interceptor:
        left = [times]

        async def interceptor(request: web.Request) -> web.StreamResponse | None:
            if left[0] == 0 or not when(request):
                return None
            if left[0] is not None:
                left[0] -= 1
            return await act(request)  # type: ignore[misc, no-any-return]

        self._server.interceptors.append(interceptor)
        return interceptor


def path(text: str, method: str = "") -> Matches:
    """Requests whose path has ``text`` in it."""
    return lambda request: text in request.path and method in ("", request.method)


async def _refuse(code: int, retry_after: int | None) -> web.StreamResponse:
    return refused(ApiError(code, MESSAGES[code], retry_after=retry_after))


async def _never() -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("an event that nobody sets")


async def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)


async def _half(request: web.Request) -> web.StreamResponse:
    content = encode({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": [{"metadata": {"name": "x" * 2000}}]})
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(content))})
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    return await _cut(request)


async def _garbage(content: bytes) -> web.StreamResponse:
    return web.Response(body=content, content_type="text/html")

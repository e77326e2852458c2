"""A list in pages, from its first to its last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Generic, TypeVar

from msgspec import Struct

from kubectl_kcp.kube.api import Api, Gone
from kubectl_kcp.machine.later import Later

T = TypeVar("T")
PAGE = 500
RESTARTS = 3
"""How often a list begins anew whose continue token has expired (client-go's pager falls back to one full list)."""


class Form(Struct, Generic[T], frozen=True):
    """How a list is asked for, and how its pages are read. ``page`` is how many items one has at most, 0 for the usual number."""

    accept: str
    read: Callable[[Iterator[bytes]], list[T]]
    page: int = 0


def by_page(read: Callable[[bytes], list[T]]) -> Callable[[Iterator[bytes]], list[T]]:
    """Reads one page after another."""
    return lambda contents: [item for content in contents for item in read(content)]


def pages(api: Api, path: str, query: dict[str, str], form: Form[T]) -> list[T]:
    """All items. Raises KcpError."""
    for _ in range(RESTARTS - 1):
        try:
            return form.read(_contents(api, path, query, form))
        except Gone:
            continue
    return form.read(_contents(api, path, query, form))


def _contents(api: Api, path: str, query: dict[str, str], form: Form[T]) -> Iterator[bytes]:
    """Fetches the next page while this one is read: a list's token for the next page can be read without the rest."""
    from kubectl_kcp.sources.live.heads import continue_token

    def fetch(token: str) -> bytes:
        return api.request("GET", path, {**query, "limit": form.page or PAGE, "continue": token}, accept=form.accept)

    content = fetch("")
    while token := continue_token(content):
        coming = Later(partial(fetch, token))
        yield content
        content = coming.result()
    yield content

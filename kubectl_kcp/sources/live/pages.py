"""A list in pages, from its first to its last."""

from __future__ import annotations

from collections.abc import Callable
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
    """How a list is asked for, and how a page of it is read. ``page`` is how many items it has at most, 0 for the usual number."""

    accept: str
    read: Callable[[bytes], list[T]]
    page: int = 0


def pages(api: Api, path: str, query: dict[str, str], form: Form[T]) -> list[T]:
    """All items. Raises KcpError."""
    for _ in range(RESTARTS - 1):
        try:
            return _all_pages(api, path, query, form)
        except Gone:
            continue
    return _all_pages(api, path, query, form)


def _all_pages(api: Api, path: str, query: dict[str, str], form: Form[T]) -> list[T]:
    """Fetches the next page while this one is decoded: a list's token for the next page can be read without the rest."""
    from kubectl_kcp.sources.live.heads import continue_token

    def fetch(token: str) -> bytes:
        return api.request("GET", path, {**query, "limit": form.page or PAGE, "continue": token}, accept=form.accept)

    items: list[T] = []
    content = fetch("")
    while token := continue_token(content):
        coming = Later(partial(fetch, token))
        items += form.read(content)
        content = coming.result()
    return items + form.read(content)

"""A watch: what is told, what it goes on from, and what it does where the API server forgot or is away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kubectl_kcp.errors import KcpError, Unreachable
from kubectl_kcp.kube.api import Gone
from kubectl_kcp.kube.watch import Watch


def event(kind: str, version: str, **more: Any) -> bytes:
    return json.dumps({"type": kind, "object": {"metadata": {"resourceVersion": version}, **more}}).encode() + b"\n"


class Server:
    """Answers as an API server does: ``answers`` are the watches' bodies, in chunks, or errors; then it is over."""

    def __init__(self, over: threading.Event, *answers: list[bytes] | KcpError) -> None:
        self._over, self._answers = over, list(answers)
        self.asked: list[str] = []
        self.lists = 0

    def request(self, method: str, path: str, query: Mapping[str, str], accept: str = "") -> bytes:
        assert accept.startswith("application/json;as=PartialObjectMetadataList")
        self.lists += 1
        return json.dumps({"metadata": {"resourceVersion": f"list-{self.lists}"}, "items": []}).encode()

    @contextmanager
    def stream(self, path: str, query: Mapping[str, str], accept: str = "") -> Iterator[Iterator[bytes]]:
        assert accept.startswith("application/json;as=PartialObjectMetadata;")
        self.asked.append(query["resourceVersion"])
        if not self._answers:
            self._over.set()
            yield iter(())
            return
        answer = self._answers.pop(0)
        if isinstance(answer, KcpError):
            raise answer
        yield iter(answer)


def watched(*answers: list[bytes] | KcpError) -> tuple[Server, int, list[str]]:
    """The server, how often a change was told, and what broke."""
    over, told, broken = threading.Event(), [0], list[str]()
    server = Server(over, *answers)

    def tell() -> None:
        told[0] += 1

    watch = Watch(server, "/x", {}, tell, lambda e: broken.append(str(e)), lambda: None)  # type: ignore[arg-type]  # all that it uses of an Api
    watch.run(over)
    return server, told[0], broken


def test_it_goes_on_from_what_it_saw() -> None:
    both = event("ADDED", "7") + event("MODIFIED", "8")
    server, told, broken = watched([both[:20], both[20:70], both[70:]], [event("BOOKMARK", "20")])
    assert server.asked == ["list-1", "8", "20"]
    assert (told, broken) == (2, []), "a bookmark is no change"


def test_what_the_api_server_forgot_is_begun_anew() -> None:
    """Either answer is known: a 410, and an event that says so."""
    for forgotten in (Gone("too old"), [event("ERROR", "", message="too old resource version")]):
        server, told, broken = watched(forgotten)
        assert server.asked == ["list-1", "list-2"]
        assert (told, broken) == (1, []), "what happened in between was missed"


def test_what_breaks_is_said_and_tried_again() -> None:
    server, told, broken = watched(Unreachable("away"))
    assert server.asked == ["list-1", "list-2"]
    assert (told, broken) == (1, ["away"])

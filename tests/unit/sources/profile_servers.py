"""Stand-ins for stores of profiles, on loopback. Parca's gives the answers that a real one gave (tests/recordings/stores/parca), to the
requests that it gave them to; Pyroscope's checks a request as the API's definition has it (querier/v1/querier.proto)."""

from __future__ import annotations

import base64
import gzip
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from kubectl_kcp.kube.times import parse_time
from kubectl_kcp.kube.wire import fields

PARCA = Path(__file__).parents[2] / "recordings/stores/parca"
INDEX: list[dict[str, Any]] = json.loads((PARCA / "api/index.json").read_text(encoding="utf-8"))
Answer = tuple[int, str, bytes]
JSON, PROTO = "application/json", "application/proto"


def parca(path: str, query: dict[str, str]) -> Answer:
    """The recorded answer to the same path, with the same parameters; times and the Pod may be others. Of what is called ``nosuch``
    there are goroutines, and nothing else."""
    for known in INDEX:
        if known["path"] == path and set(known["params"]) == set(query) and all(_alike(k, v, query[k]) for k, v in known["params"].items()):
            return known["status"], JSON, _recorded(known["file"])
    return 404, JSON, json.dumps({"code": 5, "message": f"Not Found: {path} {query}"}).encode()


def _alike(name: str, known: str, asked: str) -> bool:
    if name.endswith(("start", "end", "time")):
        return parse_time(asked) is not None
    if name.endswith("query"):
        kind, brace, selector = known.partition("{")
        return asked.startswith(kind + brace) and ("nosuch" in selector) == ("nosuch" in asked and name != "query")
    return known == asked


def _recorded(name: str) -> bytes:
    """The profiles lie beside, as they are, and not twice."""
    profile = PARCA / f"{name.removesuffix('.json')}.pb.gz"
    if profile.exists():
        return json.dumps({"pprof": base64.b64encode(profile.read_bytes()).decode(), "total": "0", "filtered": "0"}).encode()
    return (PARCA / "api" / name).read_bytes()


CPU, ALLOCS = "process_cpu:cpu:nanoseconds:cpu:nanoseconds", "memory:alloc_space:bytes:space:bytes"
KCP = {"namespace": "capi", "pod": "kcp-1-2", "provider": "control-plane-kubeadm", "service_name": "capi/kcp"}


@dataclass
class Pyroscope:
    """``old``: it does not know the format ``pprof``. ``tenant`` must be in the header. ``selectors`` are those of the profiles that were
    asked for; one with ``empty`` in it has no samples."""

    profile: bytes
    old: bool = False
    tenant: str = ""
    labels: dict[str, str] = field(default_factory=lambda: dict(KCP))
    selectors: list[str] = field(default_factory=list)

    def answer(self, method: str, headers: dict[str, str], body: bytes) -> Answer:
        if self.tenant and headers.get("X-Scope-OrgID") != self.tenant:
            return 401, JSON, b'{"code":"unauthenticated","message":"no org id"}'
        if method in ("ProfileTypes", "Series"):
            return self._as_json(method, headers, json.loads(body))
        assert method in ("SelectMergeStacktraces", "SelectMergeProfile"), method
        assert headers["Content-Type"] == PROTO
        asked = {number: body[begin:end] for number, begin, end in fields(body, 0, len(body))}
        assert asked[1].decode() in (CPU, ALLOCS)
        selector = asked[2].decode()
        assert (selector[0], selector[-1]) == ("{", "}")
        self.selectors.append(selector)
        profile = b"" if "empty" in self.labels["pod"] else self.profile
        if method == "SelectMergeProfile":
            assert self.old
            return 200, PROTO, profile
        assert body.endswith(bytes((6 << 3, 4))), "format = PROFILE_FORMAT_PPROF"
        inner = _bytes(1, profile)
        return 200, PROTO, _bytes(1, b"\x18\x00") if self.old else _bytes(5, inner)

    def _as_json(self, method: str, headers: dict[str, str], asked: dict[str, Any]) -> Answer:
        assert headers["Content-Type"] == JSON
        assert 0 < int(asked["start"]) < int(asked["end"]), "milliseconds"
        if method == "Series":
            (selector,) = asked["matchers"]
            known = 'provider=~"' in selector or 'namespace="capi"' in selector
            labels = [{"name": k, "value": v} for k, v in {**self.labels, "__profile_type__": CPU}.items()]
            return 200, JSON, json.dumps({"labelsSet": [{"labels": labels}] if known else []}).encode()
        types = [dict(zip(("name", "sampleType", "sampleUnit"), i.split(":"), strict=False), ID=i) for i in (CPU, ALLOCS)]
        return 200, JSON, json.dumps({"profileTypes": types}).encode()


def _bytes(number: int, content: bytes) -> bytes:
    length, made = len(content), bytearray((number << 3 | 2,))
    while length > 0x7F:
        made.append(length & 0x7F | 0x80)
        length >>= 7
    made.append(length)
    return bytes(made) + content


def plain(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


@contextmanager
def answering(answer: Callable[[str, str, dict[str, str], bytes], Answer]) -> Iterator[str]:
    """``answer(method, path, headers, body)``; yields the URL. What fails within it is a 500 with its words."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, form, content = answer(self.command, self.path, dict(self.headers.items()), body)
            except Exception as e:  # noqa: BLE001 - the client is told, and its test shows it
                status, form, content = 500, JSON, json.dumps({"message": f"{type(e).__name__}: {e}"}).encode()
            self.send_response(status)
            self.send_header("Content-Type", form)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def a_parca() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Its URL, and what it was asked: path and parameters."""
    asked: list[dict[str, str]] = []

    def answer(method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        url = urlsplit(path)
        query = dict(parse_qsl(url.query))
        asked.append({"path": url.path, **query})
        assert method == "GET"
        return parca(url.path, query)

    with answering(answer) as url:
        yield url, asked


@contextmanager
def a_pyroscope(store: Pyroscope) -> Iterator[str]:
    def answer(method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        assert method == "POST"
        service, _, name = path.rpartition("/")
        assert service == "/querier.v1.QuerierService"
        return store.answer(name, headers, body)

    with answering(answer) as url:
        yield url

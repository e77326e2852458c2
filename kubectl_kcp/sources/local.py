"""Controllers that run on this machine, or that a port-forward leads to: found by what listens on loopback and what it serves."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import TypeVar

from msgspec import Struct

from kubectl_kcp.errors import Forbidden, KcpError, NotServed
from kubectl_kcp.knowledge.local import provider_of_main, provider_of_reconcilers
from kubectl_kcp.machine.parallel import Progress, in_parallel
from kubectl_kcp.machine.processes import Listener
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.reference import Failure, Ref, Subject
from kubectl_kcp.model.version import Version
from kubectl_kcp.sources.interface import Moment, Outcome, ProfileKind, Reading
from kubectl_kcp.sources.url import Endpoint, fetch, get

T = TypeVar("T")
PATIENCE = 2.0
"""Seconds that a program has to answer while it is looked for."""
MAIN = re.compile(rb"\tmain\.main\+0x[0-9a-f]+\t+(\S+):\d+")
RECONCILER = re.compile(rb'^controller_runtime_[a-z_]+\{[^}]*?\bcontroller="([^"]+)"', re.MULTILINE)


class Served(Struct, frozen=True):
    """What a port serves. ``base`` is its address; ``refused`` that it wants a token, which is not sent to a program that is not known."""

    listener: Listener
    base: str
    profiles: bool = False
    metrics: bool = False
    provider: str = ""
    version: Version | None = None
    refused: bool = False


def look(listener: Listener) -> Served | None:
    """None for a program that answers no HTTP. Its goroutines name the file of its ``main``; its metrics its reconcilers."""
    for scheme in ("http", "https"):
        base = f"{scheme}://localhost:{listener.port}"
        stacks = _get(f"{base}/debug/pprof/goroutine?debug=1")
        if isinstance(stacks, bytes) and stacks.startswith(b"goroutine profile:"):
            main = MAIN.search(stacks)
            found = provider_of_main(main[1].decode("utf-8", "replace")) if main else None
            names = _reconcilers(_get(f"{base}/metrics"))
            provider, version = found or (provider_of_reconcilers(names), None)
            return Served(listener, base, True, names != [], provider, version)
        metrics = _get(f"{base}/metrics")
        if isinstance(metrics, bytes):
            names = _reconcilers(metrics)
            return Served(listener, base, False, bool(names), provider_of_reconcilers(names))
        if isinstance(metrics, Forbidden) or isinstance(stacks, Forbidden):
            return Served(listener, base, refused=True)
    return None


def _get(url: str) -> bytes | KcpError:
    try:
        return get(Endpoint(url, insecure=True, timeout=PATIENCE))
    except KcpError as e:
        return e


def _reconcilers(page: bytes | KcpError) -> list[str]:
    return sorted({n.decode("utf-8", "replace") for n in RECONCILER.findall(page)}) if isinstance(page, bytes) else []


class LocalProcesses:
    """``served`` holds by Pod what its process serves: a local controller's "Pod" is named by its address."""

    name = "this machine"
    live = True

    def __init__(self, served: Mapping[Ref, Sequence[Served]], timeout: float) -> None:
        self._served, self._timeout = served, timeout

    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def log(self, pod: Pod, since: datetime | None = None) -> Iterator[str]:
        raise NotServed(f"{pod.name}: what a process of this machine logs is not kept")

    def log_begins(self, pod: Pod) -> datetime | None:
        return None

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def metrics(
        self, pods: Sequence[Pod], moment: Moment, read: Callable[[Iterable[bytes]], T], progress: Progress | None = None
    ) -> Iterator[Outcome[T]]:
        def one(pod: Pod) -> Reading[T]:
            base = next((s.base for s in self._served[pod.ref] if s.metrics), None)
            if base is None:
                raise NotServed("it serves no metrics here: --diagnostics-address=localhost:8443 --insecure-diagnostics does")
            started = self.now()
            value = read([get(Endpoint(f"{base}/metrics", insecure=True, timeout=self._timeout))])
            return Reading(pod, value, started, self.now())

        yield from self._each(pods, one, "metrics", progress)

    def profiles(
        self, pods: Sequence[Pod], kind: ProfileKind, seconds: float, read: Callable[[bytes], T], progress: Progress | None = None
    ) -> Iterator[Outcome[T]]:
        def one(pod: Pod) -> Reading[T]:
            base = next((s.base for s in self._served[pod.ref] if s.profiles), None)
            if base is None:
                raise NotServed("it serves no profiles here: --profiler-address=localhost:40000 does")
            started = self.now()
            content = fetch(Endpoint(base, insecure=True, timeout=self._timeout), kind, seconds)
            return Reading(pod, read(content), started, self.now())

        yield from self._each(pods, one, f"{kind.value} profile", progress, seconds if kind is ProfileKind.CPU else 0)

    def _each(
        self, pods: Sequence[Pod], one: Callable[[Pod], Reading[T]], what: str, progress: Progress | None, window: float = 0
    ) -> Iterator[Outcome[T]]:
        for pod, outcome in in_parallel(pods, one, what, progress, noun="process", window=window):
            yield Failure.of(Subject.of("process", pod.ref), outcome) if isinstance(outcome, KcpError) else outcome

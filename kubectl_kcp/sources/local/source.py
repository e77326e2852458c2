"""Controllers of this machine as a Source: their listening processes stand for Pods."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TypeVar

from kubectl_kcp.errors import FailureKind, Forbidden, KcpError, NotFound, NotServed, Unreachable
from kubectl_kcp.inventory.controllers import PROVIDER_LABEL
from kubectl_kcp.knowledge.resources import DEPLOYMENTS, PODS
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.machine.listeners import Consumed, Listeners, consumed, listeners
from kubectl_kcp.machine.parallel import Progress, in_parallel
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.metrics import PodUsage
from kubectl_kcp.model.reference import Failure, Listing, Ref, Subject
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.sources.interface import LiveCluster, Moment, Outcome, ProfileKind, Question, Reading
from kubectl_kcp.sources.local.probe import METRICS, Served, connect, controllers_at
from kubectl_kcp.sources.url import Endpoint, fetch

T = TypeVar("T")
CHUNK = 1 << 16
UNKNOWN_PROVIDER = "unknown"
SAME_START = 2.0
"""Seconds between the start that a controller tells and the one that the operating system tells of the same process: the one counts
in whole seconds from boot on, the other in hundredths."""
ELSEWHERE = "profile --url=http://localhost:PORT asks one port; --profiler-address=localhost:40000 makes a controller serve profiles"


@dataclass(frozen=True, slots=True)
class Process:
    """One process with the sockets on which it serves a controller."""

    pid: int
    name: str
    sockets: tuple[Served, ...]

    @property
    def provider(self) -> str:
        return next((s.provider for s in self.sockets if s.provider), UNKNOWN_PROVIDER)

    def url(self, profiles: bool) -> Served | None:
        return next((s for s in self.sockets if (s.profiles if profiles else s.metrics)), None)


def open_local(timeout: float, progress: Progress | None = None) -> LocalSource:
    """Raises NotFound where no socket serves a controller; it says how many were asked."""
    return LocalSource(listeners(), timeout, progress)


class LocalSource:
    """See the module's text. Discovery happens once, at the start."""

    live = True
    name = "this machine"
    namespace: str | None = None
    cluster: LiveCluster | None = None

    def __init__(self, found: Listeners, timeout: float, progress: Progress | None = None) -> None:
        self._timeout = timeout
        self._processes = {p.name: p for p in _processes(controllers_at(found.items, progress))}
        self._hidden = found.hidden
        self._looks: dict[Ref, list[tuple[float, Consumed]]] = {}
        if not self._processes:
            asked = f"{len(found.items)} listening socket{'' if len(found.items) == 1 else 's'} on loopback asked"
            hidden = f", {found.hidden} of other users not" if found.hidden else ""
            raise NotFound(f"no Cluster API controller on this machine: {asked}{hidden}", ELSEWHERE)

    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def server_version(self) -> str:
        return ""

    def expect(self, questions: Iterable[Question]) -> None:
        pass

    def objects(self, resource: Resource, namespace: str | None = None, selector: str = "") -> Listing[Object]:
        """Deployments and Pods, one of each for a process; no other kind is held."""
        if resource == DEPLOYMENTS:
            return Listing(tuple(_deployment(p) for p in self._processes.values()), self._not_seen())
        if resource == PODS:
            return Listing(tuple({"metadata": _meta(p)} for p in self._processes.values()))
        return Listing(held=False)

    def _not_seen(self) -> tuple[Failure, ...]:
        if not self._hidden:
            return ()
        reason = f"{self._hidden} belong to other users' processes and were not asked"
        return (Failure(Subject("sockets"), FailureKind.FORBIDDEN, reason),)

    def secrets(self, namespace: str | None = None, selector: str = "") -> Listing[CertificateSecret]:
        return Listing(held=False)

    def named_secrets(self, refs: Sequence[Ref]) -> Listing[CertificateSecret]:
        return Listing(held=False)

    def log(self, pod: Pod, since: datetime | None = None) -> Iterator[str]:
        raise NotServed("the log of a process of this machine is where it was started")

    def metrics(
        self, pods: Sequence[Pod], moment: Moment, read: Callable[[Iterable[bytes]], T], progress: Progress | None = None
    ) -> Iterator[Outcome[T]]:
        def ask(pod: Pod) -> Reading[T]:
            self._note(pod)
            begun = self.now()
            return Reading(pod, self._page(pod, read), begun, self.now())

        return _outcomes(in_parallel(pods, ask, "metrics", progress, noun="process"))

    def profiles(
        self, pods: Sequence[Pod], kind: ProfileKind, seconds: float, read: Callable[[bytes], T], progress: Progress | None = None
    ) -> Iterator[Outcome[T]]:
        def ask(pod: Pod) -> Reading[T]:
            socket = self._processes[pod.name].url(profiles=True)
            if socket is None:
                raise NotServed("it serves no profiles", "--profiler-address=localhost:40000 makes it serve them")
            begun = self.now()
            data = fetch(Endpoint(_url(socket), insecure=True, timeout=self._timeout), kind, seconds)
            return Reading(pod, read(data), begun, self.now())

        window = seconds if kind is ProfileKind.CPU else 0
        return _outcomes(in_parallel(pods, ask, f"{kind.value} profiles", progress, noun="process", window=window))

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def with_system(self, found: PodUsage) -> PodUsage:
        """With the operating system's figures, where the process that listens is the controller: a port-forward's is kubectl. The
        start that the controller tells decides it; where it tells none nothing is claimed."""
        import psutil

        looks = self._looks.get(found.pod.ref, [])
        if found.uptime is None or not looks:
            return found
        try:
            started = psutil.Process(self._processes[found.pod.name].pid).create_time()
        except psutil.Error:
            return found
        if abs(time.time() - found.uptime - started) > SAME_START:
            return found
        (was, before), (now, after) = looks[0], looks[-1]
        cpu = (after.cpu - before.cpu) / (now - was) * 1000 if now > was else None
        return replace(found, system_cpu=cpu, system_memory=float(after.memory))

    def _note(self, pod: Pod) -> None:
        """Keeps the last two looks: the ends of one window."""
        figures = consumed(self._processes[pod.name].pid)
        if figures is not None:
            self._looks[pod.ref] = [*self._looks.get(pod.ref, []), (time.monotonic(), figures)][-2:]

    def _page(self, pod: Pod, read: Callable[[Iterable[bytes]], T]) -> T:
        socket = self._processes[pod.name].url(profiles=False)
        if socket is None:
            raise NotServed("it serves no metrics without a token", "--insecure-diagnostics makes it serve them")
        connection = connect(socket.listener.host, socket.listener.port, socket.secure, self._timeout or None)
        try:
            connection.request("GET", METRICS)
            response = connection.getresponse()
            if response.status != http.client.OK:
                raise Forbidden(f"{_url(socket)}: HTTP {response.status}")
            return read(iter(lambda: response.read1(CHUNK), b""))
        except (OSError, http.client.HTTPException) as e:
            raise Unreachable(f"{_url(socket)}: {e or type(e).__name__}") from None
        finally:
            connection.close()


def _processes(served: Sequence[Served]) -> list[Process]:
    by_pid: dict[int, list[Served]] = {}
    for socket in served:
        by_pid.setdefault(socket.listener.pid, []).append(socket)
    return [Process(pid, f"{sockets[0].listener.process}-{pid}", tuple(sockets)) for pid, sockets in by_pid.items()]


def _outcomes(answers: Iterator[tuple[Pod, Reading[T] | KcpError]]) -> Iterator[Outcome[T]]:
    for pod, answer in answers:
        yield Failure.of(Subject("Process", "", pod.name), answer) if isinstance(answer, KcpError) else answer


def _url(socket: Served) -> str:
    host = f"[{socket.listener.host}]" if ":" in socket.listener.host else socket.listener.host
    return f"{'https' if socket.secure else 'http'}://{host}:{socket.listener.port}"


def _meta(process: Process) -> Mapping[str, object]:
    return {"namespace": "", "name": process.name, "labels": {PROVIDER_LABEL: process.provider, "process": process.name}}


def _deployment(process: Process) -> Object:
    return {"metadata": _meta(process), "spec": {"selector": {"matchLabels": {"process": process.name}}}}

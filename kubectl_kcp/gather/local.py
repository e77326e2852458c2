"""``--local``: controllers of this machine, with what the operating system says of their processes beside their own figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kcp.errors import NotFound
from kubectl_kcp.gather.inventory import Controllers
from kubectl_kcp.gather.profile import profiles_of
from kubectl_kcp.gather.top import Looks
from kubectl_kcp.knowledge.local import FORWARDERS
from kubectl_kcp.knowledge.providers import means
from kubectl_kcp.machine.parallel import Progress, in_parallel
from kubectl_kcp.machine.processes import Used, listeners, measure
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.metrics import Usage
from kubectl_kcp.model.process import ProcessUse
from kubectl_kcp.model.profile_report import Profiles
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.sources.interface import ProfileKind
from kubectl_kcp.sources.local import LocalProcesses, Served, look

CURE = (
    "start the controllers with --profiler-address=localhost:40000, or --diagnostics-address=localhost:8443 --insecure-diagnostics; "
    "or kubectl port-forward to their Pods"
)


class Local(Struct, frozen=True):
    """The controllers that were found, and the process behind each."""

    source: LocalProcesses
    controllers: Controllers
    processes: dict[Ref, ProcessUse]

    def profiles(self, kind: ProfileKind, seconds: float, progress: Progress | None = None) -> Profiles:
        used = self._measured()
        found = profiles_of(self.source, self.controllers, kind, seconds, progress)
        uses = used()
        return replace(found, items=tuple(replace(i, process=uses.get(i.pod.ref)) if i.pod else i for i in found.items))

    def looks(self, window: float) -> Callable[[Progress | None], Usage]:
        looks = Looks(self.source, window, lambda: self.controllers)

        def take(progress: Progress | None) -> Usage:
            used = self._measured()
            found = looks.take(progress)
            uses = used()
            return replace(found, items=tuple(replace(u, process=uses.get(u.pod.ref)) for u in found.items))

        return take

    def _measured(self) -> Callable[[], dict[Ref, ProcessUse]]:
        """Begins to count; what it returns gives what was used since."""
        counting = {ref: measure(p.pid) for ref, p in self.processes.items() if not p.forwards}

        def used() -> dict[Ref, ProcessUse]:
            return {ref: _with(p, counting[ref]() if ref in counting else None) for ref, p in self.processes.items()}

        return used


def _with(process: ProcessUse, used: Used | None) -> ProcessUse:
    return process if used is None else replace(process, cpu=used.cpu, memory=used.memory)


def find_local(only: Iterable[str], timeout: float, progress: Progress | None = None) -> Local:
    """``timeout`` is in seconds, for each answer of a controller. Raises NotFound, saying what was looked at."""
    names, all_of = tuple(only), listeners()
    answers = [a for _, a in in_parallel(all_of, look, "what listens", progress, noun="port") if isinstance(a, Served)]
    found = [s for s in answers if s.provider and (not names or any(means(n, s.provider) for n in names))]
    if not found:
        refused = sum(s.refused for s in answers)
        more = f"; {refused} of them want a token, which is not sent to programs that are not known" if refused else ""
        which = f" called {', '.join(names)}" if names else ""
        raise NotFound(f"no Cluster API controller{which} among the {len(all_of)} ports that listen on loopback{more}", CURE)
    by_process: dict[object, list[Served]] = {}
    for served in found:
        # A port-forward's one process may lead to several Pods.
        forwards = served.listener.program in FORWARDERS or served.listener.pid is None
        by_process.setdefault(served.listener.port if forwards else served.listener.pid, []).append(served)
    made = [(_controller(group), group) for group in by_process.values()]
    pods = {c.pods[0].ref: group for c, group in made}
    processes = {ref: p for ref, group in pods.items() if (p := _process(group)) is not None}
    return Local(LocalProcesses(pods, timeout), Controllers(tuple(c for c, _ in made)), processes)


def _controller(group: Sequence[Served]) -> Controller:
    first = min(group, key=lambda s: (not s.profiles, s.listener.port))
    version = next((s.version for s in group if s.version is not None), None)
    pod = Pod("", f"localhost:{first.listener.port}", phase="Running", ready=True)
    return Controller("", first.provider, first.provider, version=version, version_source="module" if version else "", pods=(pod,))


def _process(group: Sequence[Served]) -> ProcessUse | None:
    listener = group[0].listener
    if listener.pid is None:
        return None
    return ProcessUse(listener.pid, listener.program, forwards=listener.program in FORWARDERS)

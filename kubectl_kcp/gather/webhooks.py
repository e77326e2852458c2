"""``doctor --verify``: what the webhooks of Cluster API's providers show in a handshake, against the caBundle that they are called with."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kubectl_kcp.errors import FailureKind, KcpError
from kubectl_kcp.gather.etcd import KINDS
from kubectl_kcp.inventory.webhooks import Objects, ca_pem, calls, servers
from kubectl_kcp.machine.parallel import Progress, in_parallel
from kubectl_kcp.model.etcd import Attempt, Stage
from kubectl_kcp.model.reference import Failure, Ref, Subject
from kubectl_kcp.model.webhook import Call, Server, Shown
from kubectl_kcp.sources.interface import LiveCluster


class _Try(Struct, frozen=True):
    service: Ref
    server: Server
    bundle: bytes
    calls: tuple[Call, ...]


def shown_by_webhooks(source: LiveCluster, objects: Objects, progress: Progress | None = None) -> tuple[tuple[Shown, ...], list[Failure]]:
    """One handshake for each Pod and caBundle. What has no bundle, or none that can be read, is not tried: that is a finding of its own."""
    tries = _tries(objects)
    found: dict[_Try, Shown] = {}
    failures: list[Failure] = []

    def ask(one: _Try) -> Attempt:
        name = f"{one.service.name}.{one.service.namespace}.svc"
        return source.webhook(one.server.pod, one.server.port, name, one.bundle)

    for one, outcome in in_parallel(tries, ask, "webhook", progress, noun="Pod"):
        made = Attempt(str(one.server.pod), Stage.DIAL, str(outcome)) if isinstance(outcome, KcpError) else outcome
        if made.certificate is not None:
            found[one] = Shown(one.service, one.server.pod, one.calls, made)
        elif made.stage is not Stage.CREDENTIAL:  # its bundle is a finding of its own
            kind = KINDS.get(made.stage, FailureKind.FAILED)
            failures.append(Failure(Subject.of("Pod", one.server.pod, "webhook"), kind, made.reason, made.hint))
    return tuple(found[one] for one in tries if one in found), failures


def _tries(objects: Objects) -> list[_Try]:
    together: dict[tuple[Ref, int, bytes], list[Call]] = {}
    for call in calls(objects):
        bundle = ca_pem(call) or b""
        if call.service is not None and bundle.strip():
            together.setdefault((call.service, call.port, bundle), []).append(call)
    behind: Mapping[tuple[Ref, int], list[Server]] = {(s, p): servers(objects, s, p) for s, p, _ in together}
    return [_Try(s, server, bundle, tuple(made)) for (s, p, bundle), made in together.items() for server in behind[s, p]]

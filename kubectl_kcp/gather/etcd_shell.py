"""What ``etcd shell`` needs: one cluster, those of its members that answer, an Event, and a way for a local command."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from kubectl_kcp.changes.interface import Changer, EventText
from kubectl_kcp.credentials.leaf import ClientCredential
from kubectl_kcp.errors import ExitCode, KcpError, NotFound, Refused
from kubectl_kcp.etcd.client_environment import CredentialFiles, environment, loopback_name
from kubectl_kcp.gather.etcd import Members, why_none
from kubectl_kcp.gather.inventory import gather_clusters
from kubectl_kcp.memory_file import shared_memory_file
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.etcd import Attempt
from kubectl_kcp.model.flush import Identity
from kubectl_kcp.model.reference import Failure, Scope
from kubectl_kcp.sources.interface import Source
from kubectl_kcp.sources.live.routes import Route
from kubectl_kcp.sources.live.tunnel import LOOPBACK, Tunnel, tunnel

ROLE = "kubectl kcp access manifest --with-secrets --with-etcd-shell | kubectl apply -f - gives the rights"


class Unrecorded(Refused):
    """Nobody would know of it afterwards, so it is not done."""

    exit_code = ExitCode.INCOMPLETE


class Reachable(Members, Protocol):
    """``sources.live.workload.WorkloadEtcd``."""

    route: Route

    def credential(self) -> ClientCredential: ...


@dataclass(frozen=True, slots=True)
class Target:
    """``members`` answered our own attempt; ``away`` did not, each with its reason."""

    cluster: Cluster
    etcd: Reachable
    members: tuple[Attempt, ...]
    away: tuple[Failure, ...] = ()


@dataclass(slots=True)
class Way:
    """Open for as long as the command runs. ``problems`` fill up with connections that could not be led on."""

    environment: Mapping[str, str]
    tunnels: list[tuple[str, Tunnel]] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """With the member's name."""
        return [f"{member}: {problem}" for member, made in self.tunnels for problem in made.problems]


def one_cluster(source: Source, scope: Scope) -> tuple[Cluster, tuple[Failure, ...]]:
    """The one that ``scope`` names. Raises NotFound, or what kept us from reading it."""
    found = gather_clusters(source, scope)
    if not found.items:
        raise KcpError(f"cluster {' '.join(scope.names)}: {'; '.join(f.reason for f in found.failures)}", ROLE)
    if len(found.items) > 1:
        names = ", ".join(str(c.ref) for c in found.items)
        raise NotFound(f"{' '.join(scope.names)} names {len(found.items)} clusters: {names}", "write NAMESPACE/NAME, or give -n")
    return found.items[0], found.failures


def look(cluster: Cluster, etcd: Reachable, only: str = "") -> Target:
    """Tries each member, or the one that ``only`` names: by Pod, node, URL or etcd's own name. Raises KcpError where none answers."""
    endpoints = etcd.endpoints
    if not endpoints:
        raise NotFound(f"etcd of {cluster.ref}: {why_none(cluster)}")
    tried = [etcd.attempt(e) for e in endpoints]
    chosen = [a for a in tried if not only or only in _names(a)]
    if not chosen:
        raise NotFound(f"--member {only}: no such member of {cluster.ref}", f"there are: {', '.join(endpoints)}")
    away = tuple(Failure(f"{a.endpoint} of {cluster.ref}", f"{a.stage.value}: {a.reason}") for a in chosen if not a.reached)
    reached = tuple(a for a in chosen if a.reached)
    if not reached:
        reasons = "; ".join(f"{f.subject}: {f.reason}" for f in away)
        raise KcpError(f"no member of {cluster.ref}'s etcd can be reached: {reasons}", f"kubectl kcp etcd status {cluster.ref}")
    return Target(cluster, etcd, reached, away)


def _names(attempt: Attempt) -> set[str]:
    mine = {m.name for m in attempt.members if attempt.status and m.id == attempt.status.member_id}
    return {attempt.endpoint, attempt.endpoint.removeprefix("etcd-"), attempt.endpoint.removeprefix("https://"), *mine}


def record(changer: Changer, target: Target, line: str, reason: str) -> None:
    """The Event on the Cluster: who runs what on which members, and why. Raises Unrecorded."""
    members = ", ".join(a.endpoint for a in target.members)
    try:
        who = changer.whoami()
        said = f"{who} opens etcd of {target.cluster.ref} ({members}) with full rights: {reason}. Command: {line}"
        changer.event("Cluster", Identity(target.cluster.ref, target.cluster.uid), EventText("EtcdShell", "Shell", said))
    except KcpError as e:
        raise Unrecorded(f"nothing was started: {e}", ROLE) from None


@contextmanager
def way(target: Target, base: Mapping[str, str], skip_verify: bool = False) -> Iterator[Way]:
    """Listens on loopback for each member (external etcd is dialled by the command itself) and holds the credential in memory.

    Raises Refused where etcd's certificate names nothing that the near end of a tunnel can be called.
    """
    credential = target.etcd.credential()
    with ExitStack() as stack:
        opened: list[tuple[str, Tunnel]] = []
        endpoints = [_lead(target, a, skip_verify, opened, stack) for a in target.members]
        files = CredentialFiles(
            *(stack.enter_context(shared_memory_file(c)) for c in (credential.ca_pem, credential.certificate_pem, credential.key_pem))
        )
        yield Way(environment(base, endpoints, files, skip_verify), opened)


def check_names(target: Target, skip_verify: bool) -> None:
    """Raises Refused where the command would not believe a member."""
    for attempt in target.members:
        if not _is_direct(target, attempt) and not skip_verify and _near_name(attempt) is None:
            names = ", ".join(attempt.certificate.names) if attempt.certificate and attempt.certificate.names else "nothing"
            raise Refused(
                f"{attempt.endpoint}: its server certificate names {names}, so no client believes it at {LOOPBACK}",
                "--insecure-skip-tls-verify goes on: its chain to the etcd CA was verified now, later connections are not",
            )


def _is_direct(target: Target, attempt: Attempt) -> bool:
    return target.etcd.route.server_name(attempt.endpoint) is not None


def _near_name(attempt: Attempt) -> str | None:
    return loopback_name(attempt.certificate.names) if attempt.certificate else None


def _lead(target: Target, attempt: Attempt, skip_verify: bool, opened: list[tuple[str, Tunnel]], stack: ExitStack) -> str:
    if _is_direct(target, attempt):
        return attempt.endpoint
    made = stack.enter_context(tunnel(_opener(target.etcd.route, attempt.endpoint)))
    opened.append((attempt.endpoint, made))
    return f"https://{_near_name(attempt) or LOOPBACK}:{made.port}"


def _opener(route: Route, endpoint: str) -> Callable[[], socket.socket]:
    return lambda: route.open(endpoint)

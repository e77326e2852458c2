"""The way that ``etcd shell`` opens for a local command: a tunnel to each member, and a credential in memory."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from msgspec import Struct, field

from kubectl_kcp.errors import Refused
from kubectl_kcp.etcd.client_environment import CredentialFiles, environment, loopback_name
from kubectl_kcp.etcd.interface import Members
from kubectl_kcp.etcd.routes import Route
from kubectl_kcp.kube.tunnel import LOOPBACK, Tunnel, tunnel
from kubectl_kcp.machine.memory_file import shared_memory_file
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.etcd import Attempt
from kubectl_kcp.model.reference import Failure


class Target(Struct, frozen=True):
    """``members`` answered our own attempt; ``away`` did not, each with its reason."""

    cluster: Cluster
    etcd: Members
    members: tuple[Attempt, ...]
    away: tuple[Failure, ...] = ()


class Way(Struct):
    """Open for as long as the command runs. ``problems`` fill up with connections that could not be led on."""

    environment: Mapping[str, str]
    tunnels: list[tuple[str, Tunnel]] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """With the member's name."""
        return [f"{member}: {problem}" for member, made in self.tunnels for problem in made.problems]


@contextmanager
def way(target: Target, base: Mapping[str, str], skip_verify: bool = False) -> Iterator[Way]:
    """Listens on loopback for each member (external etcd is dialled by the command itself) and holds the credential in memory.

    Raises Refused where etcd's certificate names nothing that the near end of a tunnel can be called.
    """
    leaf = target.etcd.leaf()
    with ExitStack() as stack:
        opened: list[tuple[str, Tunnel]] = []
        endpoints = [_lead(target, a, skip_verify, opened, stack) for a in target.members]
        files = CredentialFiles(*(stack.enter_context(shared_memory_file(c)) for c in (leaf.ca_pem, leaf.certificate_pem, leaf.key_pem)))
        yield Way(environment(base, endpoints, files, skip_verify), opened)


def check_names(target: Target, skip_verify: bool) -> None:
    """Raises Refused where the command would not believe a member."""
    for attempt in target.members:
        if not _is_direct(target, attempt) and not skip_verify and _near_name(attempt) is None:
            names = ", ".join(attempt.certificate.names) if attempt.certificate and attempt.certificate.names else "nothing"
            raise Refused(
                f"{attempt.endpoint}: its server certificate names {names}, so no client believes it at {LOOPBACK}",
                "--insecure-skip-tls-verify goes on: its chain to the etcd CA was verified this once, later connections are not verified",
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

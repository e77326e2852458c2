"""Certificates and credentials as an OpenMetrics page, for a textfile collector or a CronJob that pushes.

Format: OpenMetrics 1.0. One series a certificate; alerts compare its end with ``time()``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from kubectl_kcp.model.certificate import CertificateState, CertificateStatus, ClusterStatus
from kubectl_kcp.model.cluster_cache import UNTOLD, ClusterConnections
from kubectl_kcp.model.credential import CredentialState
from kubectl_kcp.model.reference import Failure
from kubectl_kcp.printable import printable

PREFIX = "kubectl_kcp"


def page(items: Sequence[ClusterStatus], now: datetime, failures: Sequence[Failure]) -> str:
    """Ends with ``# EOF`` and a newline."""
    return "\n".join([*lines(items, now, failures), "# EOF", ""])


def lines(items: Sequence[ClusterStatus], now: datetime, failures: Sequence[Failure]) -> Iterator[str]:
    """Without the end, one by one: a fleet's are many."""
    families = (
        _family("certificate_not_after_timestamp_seconds", "When the certificate ends.", "seconds", _times(items, _own_end)),
        _family("certificate_not_before_timestamp_seconds", "When the certificate begins.", "seconds", _times(items, _beginning)),
        _family(
            "certificate_usable_until_timestamp_seconds",
            "When the certificate ceases to work: its own end, its signer's, or that of the CA that a kubeconfig trusts.",
            "seconds",
            _times(items, _end),
        ),
        _family(
            "certificate_trusted_ca_not_after_timestamp_seconds",
            "When the last of the CAs ends that a kubeconfig trusts.",
            "seconds",
            _times(items, _trusted_end),
        ),
        _family("certificate_state", "1 for each state that the certificate is in.", "", _every_state(items)),
        _family("certificate_ok", "0 where the certificate is out of its time, unreadable, missing or fits nothing.", "", _states(items)),
        _family("credential_state", "1 for the state that KCP's cached etcd client credential is in.", "", _credentials(items)),
        _family("errors", "What could not be read.", "", [("", len(failures))]),
        _family("checked_timestamp_seconds", "When this page was made.", "seconds", [("", now.timestamp())]),
    )
    return (line for family in families for line in family)


def connection_lines(items: Iterable[ClusterConnections]) -> Iterator[str]:
    """One series for each connection that a controller tells of."""
    return _family("connection_state", "1 for the state of a controller's connection to a workload cluster.", "", _connections(items))


def _connections(items: Iterable[ClusterConnections]) -> Iterable[tuple[str, float]]:
    for item in items:
        for c in item.connections:
            if c.state not in UNTOLD:
                of = {"controller_namespace": c.controller.ref.namespace, "controller": c.controller.ref.name, "state": c.state.value}
                yield _labels(namespace=item.ref.namespace, cluster=item.ref.name, **of), 1


def _family(name: str, text: str, unit: str, samples: Iterable[tuple[str, float]]) -> Iterator[str]:
    full = f"{PREFIX}_{name}"
    yield f"# TYPE {full} gauge"
    if unit:
        yield f"# UNIT {full} {unit}"
    yield f"# HELP {full} {text}"
    for labels, value in samples:
        yield f"{full}{labels} {value:.16g}"


def label(value: str) -> str:
    """A label's value, escaped as the format has it."""
    return printable(value).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _labels(**pairs: str) -> str:
    return "{" + ",".join(f'{k}="{label(v)}"' for k, v in pairs.items()) + "}"


def _of(item: ClusterStatus, status: CertificateStatus, **more: str) -> str:
    of = {"namespace": item.cluster.namespace, "cluster": item.cluster.name, "kind": status.kind.value}
    return _labels(**of, source=status.subject.kind, name=status.subject.ref.name, **more)


def _own_end(status: CertificateStatus) -> datetime | None:
    return status.not_after


def _beginning(status: CertificateStatus) -> datetime | None:
    return status.not_before


def _end(status: CertificateStatus) -> datetime | None:
    return status.end


def _trusted_end(status: CertificateStatus) -> datetime | None:
    return max((c.not_after for c in status.trusted), default=None)


def _times(items: Sequence[ClusterStatus], of: Callable[[CertificateStatus], datetime | None]) -> Iterable[tuple[str, float]]:
    for item in items:
        for status in item.certificates:
            at = of(status)
            if at is not None:
                yield _of(item, status), at.timestamp()


def _every_state(items: Sequence[ClusterStatus]) -> Iterable[tuple[str, float]]:
    for item in items:
        for status in item.certificates:
            for state in status.states:
                yield _of(item, status, state=state.value), 1


def _states(items: Sequence[ClusterStatus]) -> Iterable[tuple[str, float]]:
    for item in items:
        for status in item.certificates:
            if status.state is not CertificateState.NOT_APPLICABLE:
                yield _of(item, status), float(not status.broken)


def _credentials(items: Sequence[ClusterStatus]) -> Iterable[tuple[str, float]]:
    for item in items:
        for state in CredentialState:
            labels = _labels(namespace=item.cluster.namespace, cluster=item.cluster.name, state=state.value)
            yield labels, float(item.credential.state is state)

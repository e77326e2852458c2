"""etcd as it answers: members, their status, alarms; and where an attempt to reach it ended."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from msgspec import Struct

from kubectl_kcp.advice import NO_ADVICE, Advice
from kubectl_kcp.model.certificate import Certificate


class Stage(str, Enum):
    """How far an attempt came. Only TLS and ETCD say anything about etcd itself."""

    CREDENTIAL = "credential"
    DIAL = "dial"
    WORKLOAD_API = "workload-api"
    PORT_FORWARD = "port-forward"
    TLS = "tls"
    ETCD = "etcd"
    REACHED = "reached"


class Refusal(str, Enum):
    """Who said no in the TLS handshake, and why (RFC 8446, section 6.2)."""

    CLIENT_UNKNOWN_CA = "client-unknown-ca"
    CLIENT_REQUIRED = "client-certificate-required"
    CLIENT_EXPIRED = "client-certificate-expired"
    CLIENT_BAD = "client-certificate-bad"
    SERVER_UNKNOWN_CA = "server-unknown-ca"
    SERVER_EXPIRED = "server-certificate-expired"
    SERVER_NOT_YET_VALID = "server-certificate-not-yet-valid"
    SERVER_OTHER_NAME = "server-certificate-of-another-name"
    OTHER = "other"


class Alarm(Struct, frozen=True):
    """``type`` is NOSPACE or CORRUPT (etcd rpc.proto)."""

    member_id: int
    type: str


class Member(Struct, frozen=True):
    id: int
    name: str
    learner: bool = False
    peer_urls: tuple[str, ...] = ()
    client_urls: tuple[str, ...] = ()


class QuotaSource(str, Enum):
    """How the database's quota is known: ``status`` is etcd's own answer (3.6), ``pod`` its Pod's arguments or environment,
    ``default`` what etcd takes where these say nothing. ``unlimited``: switched off."""

    STATUS = "status"
    POD = "pod"
    DEFAULT = "default"
    UNLIMITED = "unlimited"


class ServerCertificate(Struct, frozen=True):
    """What the server presented in the handshake, whether or not it was believed. Times are aware UTC; ``sha256`` is over the DER.
    ``names`` are the subject alternative names, DNS names and IP addresses. ``whole`` is the certificate itself."""

    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    sha256: str
    names: tuple[str, ...] = ()
    whole: Certificate | None = None


class MemberStatus(Struct, frozen=True):
    """One member's answer to Maintenance.Status. Sizes in bytes, times in seconds, None where the version tells none."""

    endpoint: str
    member_id: int
    version: str
    leader_id: int
    raft_index: int
    raft_applied_index: int
    raft_term: int
    learner: bool
    db_size: int
    db_size_in_use: int | None
    db_size_quota: int | None
    errors: tuple[str, ...] = ()
    handshake_seconds: float | None = None
    certificate: ServerCertificate | None = None
    quota_source: QuotaSource | None = None

    @property
    def lag(self) -> int:
        """Entries committed that this member has not applied."""
        return max(0, self.raft_index - self.raft_applied_index)


class Attempt(Struct, frozen=True):
    """One attempt to reach one endpoint: what it gave, or where and why it ended, and in ``hint`` the one line that cures it. ``ahead`` is
    how many seconds the clock of a member that was reached is ahead of this machine's; None where it did not tell."""

    endpoint: str
    stage: Stage
    reason: str = ""
    refusal: Refusal | None = None
    alert: str = ""
    status: MemberStatus | None = None
    certificate: ServerCertificate | None = None
    members: tuple[Member, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    hint: Advice = NO_ADVICE
    ahead: float | None = None

    @property
    def reached(self) -> bool:
        return self.stage is Stage.REACHED

    @property
    def speaks_of_etcd(self) -> bool:
        """Whether etcd itself answered; else nothing may be said of it."""
        return self.stage in (Stage.TLS, Stage.ETCD, Stage.REACHED)

"""Certificates, and how they stand at a given time."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar

from msgspec import Struct

from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.credential import Credential, CredentialState
from kubectl_kcp.model.reference import ObjectRef
from kubectl_kcp.model.secret import CertificateSecret


class Certificate(Struct, frozen=True):
    """What is read of an X.509 certificate (RFC 5280). ``serial`` is in hex. ``public_sha256`` is over the SubjectPublicKeyInfo, in hex,
    the same for a key and every certificate made for it. ``may_sign`` is whether Go lets it sign certificates; ``usages`` are the OIDs of
    its extended key usages, none for any use. ``path_length`` is how many authorities may stand below it in a chain, None for any number;
    ``unhandled``: it has a critical extension that Go knows nothing of. ``der`` is the whole of it; ``parts`` say where in it lie its
    TBSCertificate (begin, end), its SubjectPublicKeyInfo (begin, end) and its signature (begin, end): a fleet's thousands are not held
    twice."""

    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    algorithm: str
    public_sha256: str
    is_ca: bool
    sha256: str
    subject_der: bytes
    issuer_der: bytes
    der: bytes
    parts: tuple[int, int, int, int, int, int]
    signature_algorithm: str = ""
    signature_parameters: bytes = b""
    may_sign: bool = True
    usages: frozenset[str] = frozenset()
    path_length: int | None = None
    unhandled: bool = False

    @property
    def tbs_der(self) -> bytes:
        """What is signed."""
        return self.der[self.parts[0] : self.parts[1]]

    @property
    def spki_der(self) -> bytes:
        """Its public key."""
        return self.der[self.parts[2] : self.parts[3]]

    @property
    def signature(self) -> bytes:
        return self.der[self.parts[4] : self.parts[5]]


class CertificateKind(str):
    """What a certificate is for: the purpose of its Secret, or ``apiserver``. The values are JSON's ``kind``.

    Open as :class:`~kubectl_kcp.model.secret.Purpose` is. Compare with ``==``.
    """

    __slots__ = ()

    CA: ClassVar[CertificateKind]
    CLIENT_CA: ClassVar[CertificateKind]
    ETCD: ClassVar[CertificateKind]
    PROXY: ClassVar[CertificateKind]
    SERVICE_ACCOUNT: ClassVar[CertificateKind]
    KUBECONFIG: ClassVar[CertificateKind]
    ETCD_CLIENT: ClassVar[CertificateKind]
    API_SERVER: ClassVar[CertificateKind]
    ETCD_SERVER: ClassVar[CertificateKind]

    @property
    def value(self) -> str:
        return str(self)


CertificateKind.CA = CertificateKind("ca")
CertificateKind.CLIENT_CA = CertificateKind("cca")
CertificateKind.ETCD = CertificateKind("etcd")
CertificateKind.PROXY = CertificateKind("proxy")
CertificateKind.SERVICE_ACCOUNT = CertificateKind("sa")
CertificateKind.KUBECONFIG = CertificateKind("kubeconfig")
CertificateKind.ETCD_CLIENT = CertificateKind("apiserver-etcd-client")
CertificateKind.API_SERVER = CertificateKind("apiserver")
CertificateKind.ETCD_SERVER = CertificateKind("etcd-server")


class CertificateState(str, Enum):
    """Worst first: the order that ``overall`` follows. UNKNOWN: whether it is there could not be read."""

    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    INVALID = "INVALID"
    UNREADABLE = "UNREADABLE"
    MISSING = "MISSING"
    UNKNOWN = "UNKNOWN"
    EXPIRING = "EXPIRING"
    VALID = "VALID"
    KEY = "KEY"
    NOT_APPLICABLE = "NOT_APPLICABLE"


BADNESS = {state: n for n, state in enumerate(CertificateState)}
"""0 is the worst."""


BROKEN = frozenset(
    (
        CertificateState.EXPIRED,
        CertificateState.NOT_YET_VALID,
        CertificateState.INVALID,
        CertificateState.UNREADABLE,
        CertificateState.MISSING,
    )
)
"""States with which a certificate does not do its work."""


class CheckResult(str, Enum):
    """``OUT_OF_TIME``: it fits, but what it fits is expired or not valid yet. ``WARNING`` breaks nothing of ours, but perhaps others."""

    OK = "ok"
    FAILED = "failed"
    OUT_OF_TIME = "out-of-time"
    WARNING = "warning"
    NOT_CHECKED = "not-checked"


class Check(Struct, frozen=True):
    """One check across certificates: ``key-fits``, ``signed-by-ca``, ``same-ca``, ``bundle`` and others."""

    name: str
    result: CheckResult
    detail: str = ""


class Hindrance(str, Enum):
    """Why a certificate is not renewed: something stands in the way, its time has passed with nothing in the way that is known, or nobody
    asked for it."""

    NOTHING = "nothing"
    BLOCKED = "blocked"
    OVERDUE = "overdue"
    NOT_ASKED = "not-asked"


class Renewal(Struct, frozen=True):
    """Who renews a certificate, ``at`` which time (None where there is none to name), and what stands in the way, "" for nothing.
    ``hindrance`` is that of ``obstacle``. ``anew``: it is made anew where its Secret is deleted, and the new one works."""

    by: str
    at: datetime | None = None
    obstacle: str = ""
    hindrance: Hindrance = Hindrance.NOTHING
    anew: bool = False


class TokenAge(Struct, frozen=True):
    """The token in a kubeconfig: ``written`` no later than then, by the field manager ``by``; None where ``managedFields`` do not tell.
    ``lives`` and ``every`` are how long it is taken and how often its provider writes another, None where that is not known.
    ``ended``: it has outlived that; ``why`` names what keeps it from being written anew, "" where that is not known."""

    written: datetime | None
    by: str = ""
    lives: timedelta | None = None
    every: timedelta | None = None
    ended: bool = False
    why: str = ""


class CertificateStatus(Struct, frozen=True):
    """One certificate of a cluster as it stands. ``subject`` is where it was read: a Secret or a Machine; an etcd member, too.

    ``state`` is the worst of ``states``; ``further`` are the others: a certificate can be INVALID and end tomorrow.
    ``not_before`` and ``not_after`` are its own, None for keys and for what could not be read. ``usable_until`` is when it ceases to
    work: then, or when its signer or the CA that a kubeconfig trusts ends, if that is sooner. ``trusted`` are that kubeconfig's CAs.
    ``bundle`` holds all certificates of the Secret where there are several. ``names`` are those that a server's certificate is for.
    ``token`` is there for a kubeconfig that authenticates by one.
    """

    kind: CertificateKind
    subject: ObjectRef
    state: CertificateState
    not_before: datetime | None = None
    not_after: datetime | None = None
    reason: str = ""
    certificate: Certificate | None = None
    bundle: tuple[Certificate, ...] = ()
    algorithm: str = ""
    public_sha256: str = ""
    checks: tuple[Check, ...] = ()
    renewal: Renewal | None = None
    further: tuple[CertificateState, ...] = ()
    usable_until: datetime | None = None
    trusted: tuple[Certificate, ...] = ()
    names: tuple[str, ...] = ()
    token: TokenAge | None = None

    @property
    def states(self) -> tuple[CertificateState, ...]:
        return (self.state, *self.further)

    @property
    def broken(self) -> bool:
        """Whether it does not do its work, by any of its states."""
        return not BROKEN.isdisjoint(self.states)

    @property
    def end(self) -> datetime | None:
        """When it ceases to work, None where that is not known."""
        return self.usable_until or self.not_after


FINE = frozenset(s.value for s in (CertificateState.VALID, CertificateState.KEY, CertificateState.NOT_APPLICABLE))
"""States of a cluster as a whole that nobody needs to look at."""


class ClusterStatus(Struct, frozen=True):
    """All certificates of one cluster and its credential. ``secrets_known`` is False where Secrets could not be read. ``clocks`` are how
    many seconds each etcd member's is ahead of this machine's, with ``--verify`` alone."""

    cluster: Cluster
    certificates: tuple[CertificateStatus, ...]
    credential: Credential
    secrets: tuple[CertificateSecret, ...] = ()
    secrets_known: bool = True
    clocks: tuple[tuple[str, float], ...] = ()

    @property
    def worst(self) -> CertificateState:
        states = [c.state for c in self.certificates if c.state is not CertificateState.NOT_APPLICABLE]
        return min(states, key=BADNESS.__getitem__, default=CertificateState.NOT_APPLICABLE)

    @property
    def state(self) -> str:
        """The worst of certificates and credential, in one word: a broken certificate first, it cannot wait for a flush. A credential
        that could not be judged is not well."""
        credential = self.credential
        judged = credential.state is not CredentialState.UNKNOWN or self.worst is CertificateState.EXPIRING
        if self.worst not in BROKEN and (credential.serious or not judged):
            return str(credential.state.value)
        return self.worst.value

    @property
    def next_end(self) -> datetime | None:
        """When the first certificate ends."""
        return min((c.end for c in self.certificates if c.end is not None), default=None)

    def of(self, kind: CertificateKind) -> list[CertificateStatus]:
        return [c for c in self.certificates if c.kind == kind]

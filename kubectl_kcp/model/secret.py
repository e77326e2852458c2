"""The certificate Secrets of a workload cluster, reduced to what is public at the moment they are read.

Nothing above ``sources/`` ever holds a private key: a key becomes a :class:`Key`, a kubeconfig a :class:`Kubeconfig`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from kubectl_kcp.model.reference import Ref


class Purpose(str, Enum):
    """What a certificate Secret is for: the part of its name after the cluster's (CAPI ``util/secret/consts.go``)."""

    CA = "ca"
    ETCD = "etcd"
    PROXY = "proxy"
    SERVICE_ACCOUNT = "sa"
    KUBECONFIG = "kubeconfig"
    ETCD_CLIENT = "apiserver-etcd-client"


class KeyState(str, Enum):
    """Whether a private key was at hand when the Secret was read."""

    PRESENT = "present"
    ABSENT = "absent"
    REDACTED = "redacted"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Key:
    """What may be known of a private key: its kind and the SHA-256 of its public key (SubjectPublicKeyInfo, hex)."""

    state: KeyState
    algorithm: str = ""
    public_sha256: str = ""


@dataclass(frozen=True, slots=True)
class FieldOwner:
    """One entry of ``metadata.managedFields`` that owns data of the Secret.

    ``time`` covers all that this manager wrote in this operation, not the named fields alone. ``fields`` are the data
    keys it owns (``tls.crt``).
    """

    manager: str
    operation: str
    time: datetime | None
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """A kubeconfig Secret without its credentials. ``auth`` is ``certificate``, ``token``, ``exec``, ``other`` or ``none``."""

    server: str
    auth: str
    ca_pem: bytes = b""
    certificate_pem: bytes = b""
    key: Key = Key(KeyState.ABSENT)


@dataclass(frozen=True, slots=True)
class CertificateSecret:
    """A Secret that belongs to a cluster's PKI.

    ``certificate_pem`` is ``tls.crt`` as it lies there (for ``sa`` a public key). ``problem`` says why its data could
    not be used, "" where it could.
    """

    namespace: str
    name: str
    cluster: str
    purpose: Purpose
    uid: str = ""
    type: str = ""
    created: datetime | None = None
    resource_version: str = ""
    owner_kinds: tuple[str, ...] = ()
    owners: tuple[FieldOwner, ...] = ()
    certificate_pem: bytes = b""
    key: Key = Key(KeyState.ABSENT)
    kubeconfig: Kubeconfig | None = None
    problem: str = ""

    @property
    def ref(self) -> Ref:
        return Ref(self.namespace, self.name)

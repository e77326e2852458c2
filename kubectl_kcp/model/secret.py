"""The certificate Secrets of a workload cluster, reduced to what is public at the moment they are read.

Nothing above ``sources/`` ever holds a private key: a key becomes a :class:`Key`, a kubeconfig a :class:`Kubeconfig`.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import ClassVar

from msgspec import Struct

from kubectl_kcp.model.reference import Ref


class Purpose(str):
    """What a certificate Secret is for: the part of its name after the cluster's (CAPI ``util/secret/consts.go``).

    Open: those that the tool knows more of are constants, any other is just that part of the name. Compare with ``==``.
    """

    __slots__ = ()

    CA: ClassVar[Purpose]
    CLIENT_CA: ClassVar[Purpose]
    ETCD: ClassVar[Purpose]
    PROXY: ClassVar[Purpose]
    SERVICE_ACCOUNT: ClassVar[Purpose]
    KUBECONFIG: ClassVar[Purpose]
    ETCD_CLIENT: ClassVar[Purpose]

    @property
    def value(self) -> str:
        return str(self)

    @property
    def is_kubeconfig(self) -> bool:
        """``kubeconfig``, ``user-kubeconfig``, ``proxied-kubeconfig``: their data is in ``value``."""
        return self == "kubeconfig" or self.endswith("-kubeconfig")


Purpose.CA = Purpose("ca")
Purpose.CLIENT_CA = Purpose("cca")
Purpose.ETCD = Purpose("etcd")
Purpose.PROXY = Purpose("proxy")
Purpose.SERVICE_ACCOUNT = Purpose("sa")
Purpose.KUBECONFIG = Purpose("kubeconfig")
Purpose.ETCD_CLIENT = Purpose("apiserver-etcd-client")


class KeyState(str, Enum):
    """Whether a private key was at hand when the Secret was read."""

    PRESENT = "present"
    ABSENT = "absent"
    REDACTED = "redacted"
    UNREADABLE = "unreadable"


class Key(Struct, frozen=True):
    """What may be known of a private key: its kind and the SHA-256 of its public key (SubjectPublicKeyInfo, hex). ``problem`` says
    why it cannot be read."""

    state: KeyState
    algorithm: str = ""
    public_sha256: str = ""
    problem: str = ""


class FieldOwner(Struct, frozen=True):
    """One entry of ``metadata.managedFields`` that owns data of the Secret.

    ``time`` covers all that this manager wrote in this operation, not the named fields alone. ``fields`` are the data
    keys it owns (``tls.crt``).
    """

    manager: str
    operation: str
    time: datetime | None
    fields: frozenset[str]


class Kubeconfig(Struct, frozen=True):
    """A kubeconfig Secret without its credentials. ``auth`` is ``certificate``, ``token``, ``exec``, ``other`` or ``none``. ``invalid``
    says, in client-go's words, why nobody can connect with it. ``server_name`` is what the server's certificate must name, "" for the
    server's host; ``unverified``: whoever answers is believed. ``proxied``: it is
    reached through a proxy. ``uncertified``: it holds a user, the current one or another, without a client certificate that can be read."""

    server: str
    auth: str
    ca_pem: bytes = b""
    certificate_pem: bytes = b""
    key: Key = Key(KeyState.ABSENT)
    invalid: str = ""
    server_name: str = ""
    proxied: bool = False
    unverified: bool = False
    uncertified: bool = False


class CertificateSecret(Struct, frozen=True):
    """A Secret that belongs to a cluster's PKI.

    ``cluster`` and ``purpose`` are what its label and name tell; which Cluster it belongs to is known with the Clusters at hand
    (``inventory.cluster_secrets``). ``label`` is the label's value, "" for none.
    ``certificate_pem`` is what lies in ``field``, ``tls.crt`` nearly always (for ``sa`` a public key). ``problem`` says why its data
    could not be used, "" where it could.
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
    label: str = ""
    field: str = ""

    @property
    def ref(self) -> Ref:
        return Ref(self.namespace, self.name)

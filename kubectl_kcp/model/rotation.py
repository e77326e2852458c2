"""Where the rotation of a cluster's CA stands: which CAs there are, what trusts them, and what was signed by them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from msgspec import Struct

from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.reference import Failure, Ref
from kubectl_kcp.model.secret import Purpose


class RotationStage(str, Enum):
    """In the order of a rotation. ``SEVERAL``: there are several service account keys, which bear no date. ``REMOVED``: the old one has
    left the Secret, and something still trusts it. ``REMOVED_TOO_EARLY``: something still needs one that the Secret no longer has."""

    NONE = "NONE"
    ADDED = "ADDED"
    SWITCHED = "SWITCHED"
    SEVERAL = "SEVERAL"
    REMOVED = "REMOVED"
    DONE = "DONE"
    REMOVED_TOO_EARLY = "REMOVED_TOO_EARLY"
    UNKNOWN = "UNKNOWN"


class Age(str, Enum):
    """An authority beside the others of its Secret, or ``CURRENT`` where it is alone. ``GONE`` was seen elsewhere alone."""

    CURRENT = "current"
    NEW = "new"
    OLD = "old"
    GONE = "gone"


class Authority(Struct, frozen=True):
    """A CA, or a service account key, by its public key (SHA-256, hex): a CA renewed with its key is the same. ``signs``: the Secret's
    private key is this one's. Times are of the certificate that lasts longest, None for a key."""

    public_sha256: str
    subject: str
    age: Age
    signs: bool = False
    not_before: datetime | None = None
    not_after: datetime | None = None


class Bond(str, Enum):
    """How something hangs on an authority."""

    TRUSTS = "trusts"
    SIGNED = "signed-by"


class Part(str, Enum):
    """What hangs on a CA. The values are JSON's."""

    KUBECONFIG_CA = "kubeconfig-ca"
    CLUSTER_INFO = "cluster-info"
    ROOT_CA = "root-ca"
    CLIENT_CA = "client-ca"
    FRONT_PROXY_CA = "front-proxy-ca"
    TOKEN_KEYS = "token-keys"  # noqa: S105 - public ones
    API_SERVER = "apiserver"
    ETCD_SERVER = "etcd-server"
    KUBECONFIG = "kubeconfig"
    ETCD_CLIENT = "apiserver-etcd-client"
    CREDENTIAL = "credential"


class Holder(Struct, frozen=True):
    """``of`` are the authorities' public keys. ``other``: one that is not at hand. Without either it is not known, and ``detail`` says why.
    ``keeps_old``: it never drops one by itself, so that an old one in it says nothing."""

    part: Part
    where: str
    bond: Bond
    of: tuple[str, ...] = ()
    other: bool = False
    detail: str = ""
    keeps_old: bool = False

    @property
    def known(self) -> bool:
        return bool(self.of) or self.other


class Rotation(Struct, frozen=True):
    """One CA of a cluster, or its service account keys. ``waits_for`` are the holders that the next step waits for, or with
    ``REMOVED_TOO_EARLY`` those that are cut off; ``reason`` says why nothing is known."""

    cluster: Cluster
    purpose: Purpose
    stage: RotationStage
    authorities: tuple[Authority, ...] = ()
    holders: tuple[Holder, ...] = ()
    waits_for: tuple[Holder, ...] = ()
    reason: str = ""

    @property
    def secret(self) -> Ref:
        return Ref(self.cluster.namespace, f"{self.cluster.name}-{self.purpose}")

    @property
    def ages(self) -> dict[str, Age]:
        """By public key."""
        return {a.public_sha256: a.age for a in self.authorities}

    def of(self, holder: Holder) -> list[str]:
        """The ages of a holder's authorities, ``another`` for one that is not at hand, the newest first."""
        mine = {self.ages[sha] for sha in holder.of if sha in self.ages}
        return [a.value for a in (Age.CURRENT, Age.NEW, Age.OLD, Age.GONE) if a in mine] + (["another"] if holder.other else [])


class TrustBundle(Struct, frozen=True):
    """CA certificates that lie in a workload cluster, as PEM. ``where`` names the object and the field."""

    part: Part
    where: str
    pem: bytes


class WorkloadTrust(Struct, frozen=True):
    """What a workload cluster's API tells. ``token_keys`` are the public keys (SHA-256, hex) whose tokens the API server takes, None where
    that is not known."""

    bundles: tuple[TrustBundle, ...] = ()
    token_keys: tuple[str, ...] | None = None
    failures: tuple[Failure, ...] = ()

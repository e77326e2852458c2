"""Workload clusters as the management cluster knows them: Cluster, control plane, Machines, conditions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from kubectl_kcp.model.reference import ObjectRef, Ref

KUBEADM = "KubeadmControlPlane"


class Condition(Struct, frozen=True):
    """A condition of an object. ``status`` is ``True``, ``False`` or ``Unknown``."""

    type: str
    status: str
    since: datetime | None = None
    reason: str = ""
    message: str = ""


class Machine(Struct, frozen=True):
    """A control-plane Machine. ``certificates_expiry`` is its API server certificate's end; ``unreadable_expiry`` what stands in its
    annotation where that is no time."""

    namespace: str
    name: str
    cluster: str
    control_plane: bool
    node: str = ""
    deleting: bool = False
    certificates_expiry: datetime | None = None
    unreadable_expiry: str = ""
    conditions: Mapping[str, Condition] = field(default_factory=dict)

    @property
    def ref(self) -> Ref:
        return Ref(self.namespace, self.name)


class ControlPlane(Struct, frozen=True):
    """The object that a Cluster's ``controlPlaneRef`` names.

    ``writers`` are the field managers that wrote its status: the controller's own names in ``managedFields``.
    ``external_etcd`` follows ``spec.kubeadmConfigSpec.clusterConfiguration.etcd.external``, ``etcd_endpoints`` are the URLs there.
    ``encryption_algorithm`` is ``spec.kubeadmConfigSpec.clusterConfiguration.encryptionAlgorithm`` (RSA-2048 if unset).
    ``rolling_out`` and ``deleting`` are what a change would disturb. ``certificates_expiry_days``: so many days before an API server
    certificate's end its Machine is replaced (``spec.rollout.before``, in v1beta1 ``spec.rolloutBefore``); None where nobody asked.
    ``certificates_valid_days``: kubeadm makes certificates for so long (``clusterConfiguration.certificateValidityPeriodDays``); None for
    its default, a year. ``rollout_asked`` is when that was written, None where ``managedFields`` do not tell.
    """

    namespace: str
    name: str
    kind: str
    uid: str = ""
    initialized: bool = False
    external_etcd: bool = False
    etcd_endpoints: tuple[str, ...] = ()
    encryption_algorithm: str = ""
    replicas: int | None = None
    rolling_out: bool = False
    deleting: bool = False
    paused: bool = False
    certificates_expiry_days: int | None = None
    certificates_valid_days: int | None = None
    rollout_asked: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    writers: frozenset[str] = frozenset()
    conditions: Mapping[str, Condition] = field(default_factory=dict)

    @property
    def subject(self) -> ObjectRef:
        return ObjectRef(self.kind, Ref(self.namespace, self.name))

    @property
    def is_kubeadm(self) -> bool:
        return self.kind == KUBEADM


class Cluster(Struct, frozen=True):
    """A Cluster with its control plane and control-plane Machines.

    ``control_plane`` is None where the object was not found or not readable; ``control_plane_kind`` is what the Cluster
    itself says ("" for none). ``initialized`` is what the Cluster tells of its control plane, whatever that is. ``probe`` is its condition
    about Cluster API's own connection to it, from 1.9 on.
    """

    namespace: str
    name: str
    uid: str = ""
    created: datetime | None = None
    deleting: bool = False
    paused: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    control_plane_kind: str = ""
    control_plane: ControlPlane | None = None
    machines: tuple[Machine, ...] = ()
    endpoint: str = ""
    initialized: bool = False
    probe: Condition | None = None

    @property
    def ref(self) -> Ref:
        return Ref(self.namespace, self.name)

    @property
    def may_be_kubeadm(self) -> bool:
        """Whether a KubeadmControlPlane runs it, as far as the Cluster says: it may name none."""
        return self.control_plane_kind in ("", KUBEADM)

"""A small world to tell histories in: one Secret with managed fields as the API server keeps them, one KCP, one clock.

Field ownership follows apimachinery: an Update takes what it changes away from all others, an Apply shares an equal value.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from kubectl_kcp.model.cluster import Cluster, Condition, ControlPlane, Machine
from kubectl_kcp.model.controller import KCP_PROVIDER, Controller, Leader, Pod
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.model.secret import CertificateSecret, FieldOwner, Key, KeyState, Purpose
from kubectl_kcp.model.version import Version
from tests.authority import Made, certificate, new_key

START = dt.datetime(2026, 11, 20, 8, 0, tzinfo=dt.timezone.utc)
KCP = "manager"


def at(minutes: float) -> dt.datetime:
    return START + dt.timedelta(minutes=minutes)


@dataclass
class World:
    """All times are minutes since START. ``keys`` is the history of the CA's key: when it came to be, and which."""

    acquired: float = 0.0
    initialized: float = 10.0
    entries: dict[tuple[str, str], tuple[float, set[str]]] = field(default_factory=dict)
    created: float = 0.0
    ca: Made | None = None
    keys: list[tuple[float, object]] = field(default_factory=list)

    def make_ca(self, minutes: float, key: object = None) -> Made:
        """As Cluster API: NotBefore lies 5 minutes back."""
        return certificate("etcd-ca", key=key or new_key(), start=at(minutes - 5))  # type: ignore[arg-type]

    def create(self, minutes: float, manager: str, ca: Made) -> None:
        self.entries = {(manager, "Update"): (minutes, {"tls.crt", "tls.key"})}
        self.created, self.ca = minutes, ca
        self._note(minutes)

    def update(self, minutes: float, manager: str, ca: Made) -> None:
        assert self.ca is not None
        changed = ({"tls.crt"} if ca.pem != self.ca.pem else set()) | ({"tls.key"} if ca.key_pem != self.ca.key_pem else set())
        self._take(minutes, (manager, "Update"), changed)
        self.ca = ca
        self._note(minutes)

    def apply(self, minutes: float, manager: str, ca: Made) -> None:
        assert self.ca is not None
        changed = ({"tls.crt"} if ca.pem != self.ca.pem else set()) | ({"tls.key"} if ca.key_pem != self.ca.key_pem else set())
        self._take(minutes, (manager, "Apply"), changed)
        self.entries[manager, "Apply"][1].update({"tls.crt", "tls.key"})
        self.ca = ca
        self._note(minutes)

    def touch(self, minutes: float, manager: str) -> None:
        """Metadata alone: owner references."""
        self._take(minutes, (manager, "Update"), set())

    def _take(self, minutes: float, who: tuple[str, str], fields: set[str]) -> None:
        for _, owned in self.entries.values():
            owned.difference_update(fields)
        mine = self.entries.get(who, (0.0, set()))[1]
        self.entries[who] = (minutes, mine | fields)

    def _note(self, minutes: float) -> None:
        assert self.ca is not None
        self.keys.append((minutes, self.ca.key))

    # -- what a Source would give

    def secret(self) -> CertificateSecret:
        assert self.ca is not None
        owners = tuple(
            FieldOwner(m, op, at(t).replace(microsecond=0), frozenset(f)) for (m, op), (t, f) in self.entries.items() if f or m == KCP
        )
        return CertificateSecret(
            "default",
            "c1-etcd",
            "c1",
            Purpose.ETCD,
            created=at(self.created),
            owners=owners,
            certificate_pem=self.ca.pem,
            key=Key(KeyState.REDACTED),
        )

    def cluster(self, bad_since: float | None = None) -> Cluster:
        status, message = ("True", "") if bad_since is None else ("Unknown", "Failed to connect to etcd: context deadline exceeded")
        conditions = {
            "Initialized": Condition("Initialized", "True", at(self.initialized)),
            "EtcdClusterHealthy": Condition("EtcdClusterHealthy", status, at(bad_since or self.initialized), message=message),
        }
        plane = ControlPlane("default", "c1-cp", "KubeadmControlPlane", initialized=True, writers=frozenset({KCP}), conditions=conditions)
        machine = Machine("default", "c1-cp-0", "c1", True, node="node-0")
        return Cluster("default", "c1", "uid-1", control_plane_kind="KubeadmControlPlane", control_plane=plane, machines=(machine,))

    def controller(self, now: float, version: str = "v1.14.2") -> Controller:
        leader = Leader(Ref("capi", "lease"), "kcp-0_uuid", "kcp-0", at(self.acquired), at(now), dt.timedelta(seconds=60))
        pods = (Pod("capi", "kcp-0", leader=True, ready=True), Pod("capi", "kcp-1", leader=False, ready=True))
        return Controller("capi", "kcp", KCP_PROVIDER, "uid", Version.parse(version), "image", 2, "sa", pods, {}, leader)

    # -- the truth

    def key_may_be_stale(self, now: float) -> bool:
        """Whether some moment in which the leader can have cached, within the TTL, had another key than now."""
        since = max(self.acquired, self.initialized, now - 24 * 60)
        last = self.keys[-1][1]
        times = [t for t, _ in self.keys]
        for i, (begun, key) in enumerate(self.keys):
            ended = times[i + 1] if i + 1 < len(times) else now
            if ended > since and begun <= now and key is not last:
                return True
        return False

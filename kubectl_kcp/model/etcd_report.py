"""What was found of one cluster's etcd."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.etcd import Attempt, Member


class EtcdReport(Struct, frozen=True):
    """``attempts``: one for each member that was tried, in the order of their endpoints. ``problem`` where none was."""

    cluster: Cluster
    attempts: tuple[Attempt, ...] = ()
    problem: str = ""

    @property
    def reached(self) -> list[Attempt]:
        return [a for a in self.attempts if a.reached]

    @property
    def members(self) -> tuple[Member, ...]:
        """As the first member that answered lists them."""
        return next((a.members for a in self.reached if a.members), ())

    @property
    def leader(self) -> Member | None:
        ids = {a.status.leader_id for a in self.reached if a.status}
        return next((m for m in self.members if m.id in ids), None)

    @property
    def odd(self) -> bool:
        """Whether one member's answer is a reason to ask the others, too."""
        return not self.reached or any(
            a.alarms or (a.status and (a.status.errors or not a.status.leader_id or a.status.lag > LAG)) for a in self.reached
        ) or self.unexpected  # fmt: skip

    @property
    def unexpected(self) -> bool:
        """Whether etcd lists another number of members than the management cluster knows."""
        return len(self.members) != self.expected

    @property
    def expected(self) -> int:
        """Members that the management cluster knows: external etcd's endpoints, else Machines with a Node."""
        plane = self.cluster.control_plane
        if plane is not None and plane.external_etcd:
            return len(plane.etcd_endpoints)
        return len([m for m in self.cluster.machines if m.node])


LAG = 1000
"""Entries that a member may be behind before it is odd: a snapshot is taken each 10,000 (etcd --snapshot-count)."""

OK = "ok"


def health(report: EtcdReport, attempt: Attempt) -> str:
    """``ok``, an alarm, or where the way ended."""
    status = attempt.status
    if status is None:
        return f"{attempt.stage.value}: {attempt.alert or 'see below'}" if attempt.refusal else attempt.stage.value
    names = {m.id: m.name for m in report.members}
    if attempt.alarms:
        return "ALARM " + ",".join(
            sorted({a.type + (f"({names[a.member_id]})" if len(names) > 1 and a.member_id in names else "") for a in attempt.alarms})
        )
    if status.errors:
        return "ERROR " + "; ".join(status.errors)
    return OK if status.leader_id else "NO LEADER"

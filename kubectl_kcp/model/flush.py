"""Emptying KCP's cached credential: the plan that is shown before, and the steps that were done."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from msgspec import Struct

from kubectl_kcp.advice import NO_ADVICE, Advice
from kubectl_kcp.model.reference import Ref


class Way(str, Enum):
    """How the leader's process is replaced.

    ``evict``: another replica is Ready, the leader's Pod is evicted. ``surge``: one replica; the Deployment is restarted, a
    second Pod serves the webhooks before the first goes. ``resume``: the leader's Pod has gone or is going already, or a rollout
    that is under way ends it; its Lease is still held. ``nothing``: there is nothing to flush.
    """

    EVICT = "evict"
    SURGE = "surge"
    RESUME = "resume"
    NOTHING = "nothing"


class Identity(Struct, frozen=True):
    """An object as it was looked at: acting on another one of the same name is refused."""

    ref: Ref
    uid: str

    def __str__(self) -> str:
        return str(self.ref)


class FlushPlan(Struct, frozen=True):
    """What a flush will touch and what it costs. ``refusal`` says why it will not be done, "" where it can.

    ``clusters`` lose their cached credential with the leader's process; each new one is one key and one certificate.
    ``lease_seconds`` is how long nobody leads without a release. ``generation`` is the Deployment's, as it was looked at.
    """

    cluster: Identity
    way: Way
    why: str
    controller: Identity | None = None
    version: str = ""
    leader: Identity | None = None
    node: str = ""
    lease: Ref | None = None
    holder: str = ""
    lease_seconds: float = 0.0
    release_lease: bool = True
    standby: tuple[Ref, ...] = ()
    clusters: int = 0
    key_algorithm: str = "RSA-2048"
    warnings: tuple[str, ...] = ()
    refusal: str = ""
    hint: Advice = NO_ADVICE
    generation: int | None = None

    @property
    def touches(self) -> tuple[str, ...]:
        """Every object that will be written, one a line."""
        lines = [f"Event on Cluster {self.cluster}", f"Event on Deployment {self.controller}"]
        if self.way is Way.EVICT:
            lines.append(f"Pod {self.leader} is evicted (UID {self.leader.uid if self.leader else ''})")
        elif self.way is Way.SURGE:
            lines.append(
                f"Deployment {self.controller}: annotation kubectl.kubernetes.io/restartedAt of its Pod template (GitOps may notice)"
            )
        if self.release_lease and self.way is not Way.NOTHING:
            lines.append(f"Lease {self.lease}: holderIdentity is emptied once that Pod has ended")
        return () if self.way is Way.NOTHING else tuple(lines)


class Step(Struct, frozen=True):
    """One step done: ``seconds`` from its beginning to its end."""

    name: str
    seconds: float
    detail: str = ""


class FlushResult(Struct, frozen=True):
    """What was done. ``proof`` holds what shows that the new credential works (regenerate), or that the old process is gone."""

    plan: FlushPlan
    steps: tuple[Step, ...]
    new_leader: Ref | None
    led_since: datetime | None
    proof: tuple[str, ...] = ()
    seconds_without_leader: float | None = None

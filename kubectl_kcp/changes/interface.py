"""What a change needs of a cluster. ``changes/live.py`` implements it. Every write names the UID or the value that was looked at, so
that it fails where that is no longer so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from kubectl_kcp.model.flush import Identity
from kubectl_kcp.model.reference import Ref

Object = Mapping[str, Any]


class EventText(Struct, frozen=True):
    """An Event (core/v1) about an object. ``action`` is the verb in CamelCase, ``reason`` a CamelCase word."""

    reason: str
    action: str
    message: str


class Changer(Protocol):
    """Raises Refused where a precondition no longer holds, Forbidden, Unreachable, Timeout."""

    def read(self, plural: str, ref: Ref) -> Object | None:
        """One object now (``pods``, ``leases``, ``deployments``, ``nodes``, ``kubeadmcontrolplanes``, …); None where it is gone."""

    def pods(self, namespace: str, labels: Mapping[str, str]) -> list[Object]:
        """The Pods that a Deployment's ``matchLabels`` select."""

    def event(self, kind: str, about: Identity, text: EventText) -> None:
        """Writes an Event on a ``Cluster`` or ``Deployment``; Refused where it may not."""

    def evict(self, pod: Identity) -> None:
        """Policy/v1 eviction with the UID as precondition. Refused names a PodDisruptionBudget or an admission refusal."""

    def restart(self, deployment: Identity, resource_version: str, at: datetime) -> None:
        """Sets ``kubectl.kubernetes.io/restartedAt``; refused where the Deployment changed since."""

    def release(self, lease: Ref, holder: str) -> bool:
        """Empties ``holderIdentity`` if it still is ``holder``; False where it is not. Refused is an admission policy's word."""

    def annotate(self, plural: str, about: Identity, key: str, value: str) -> None:
        """One annotation, bound to the UID."""

    def whoami(self) -> str:
        """The user's name as the API server knows it, for Events."""

"""One cluster's etcd, as gatherers and the shell use it."""

from __future__ import annotations

from typing import Protocol

from kubectl_kcp.etcd.leaf import Leaf
from kubectl_kcp.etcd.routes import Route
from kubectl_kcp.model.etcd import Attempt


class Members(Protocol):
    """Implemented by ``etcd.workload.WorkloadEtcd``."""

    @property
    def endpoints(self) -> list[str]:
        """The members as far as the management cluster knows them."""

    @property
    def route(self) -> Route:
        """The way to each of them."""

    def leaf(self) -> Leaf:
        """Our own client credential. Raises StageError."""

    def attempt(self, endpoint: str, members: bool = True) -> Attempt:
        """Tries one member. Never raises for what is in the way: the attempt says where it ended."""

    def any(self) -> Attempt:
        """The first member that answers, or at which etcd refuses us; else the last way that failed."""

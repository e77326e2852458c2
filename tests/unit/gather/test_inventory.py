"""A CLUSTER that is not there, and one of which that is not known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_kcp.errors import FailureKind
from kubectl_kcp.gather.inventory import ClusterNotFound, gather_clusters
from kubectl_kcp.knowledge.resources import CLUSTERS, MACHINES
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.model.reference import Failure, Listing, Scope, Subject
from kubectl_kcp.sources.bundle.folder import BundleSource
from kubectl_kcp.sources.bundle.open import open_bundle

NO_RIGHT = "is forbidden"


class Forbidding(BundleSource):
    """A source that may not list one kind."""

    forbidden: Resource = CLUSTERS

    def objects(self, resource: Resource, namespace: str | None = None, selector: str = "") -> Listing[Object]:
        if resource == self.forbidden:
            return Listing((), (Failure(Subject(resource.plural, namespace or ""), FailureKind.FORBIDDEN, NO_RIGHT),))
        return super().objects(resource, namespace, selector)


def test_that_it_is_not_there_is_not_said_where_clusters_cannot_be_read(recording: Callable[[str], Path]) -> None:
    with open_bundle(str(recording("v1.14.2-healthy"))) as source:
        source.__class__ = Forbidding
        found = gather_clusters(source, Scope(names=("real/w1",)))
    assert [(str(f.subject), f.kind) for f in found.failures] == [
        ("clusters in real", FailureKind.FORBIDDEN),
        ("Cluster real/w1", FailureKind.FORBIDDEN),
    ]
    assert "not known" in found.failures[-1].reason


def test_it_is_not_there_also_where_machines_cannot_be_read(recording: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Forbidding, "forbidden", MACHINES)
    with open_bundle(str(recording("v1.14.2-healthy"))) as source:
        source.__class__ = Forbidding
        with pytest.raises(ClusterNotFound) as caught:
            gather_clusters(source, Scope(names=("real/nope",)))
        assert gather_clusters(source, Scope(names=("real/w1",))).items
    assert "with the same --bundle" in caught.value.hint.text("kubectl kcp"), "kubectl does not see into a bundle"

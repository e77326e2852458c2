"""A connection to a Cluster that no list shows: gone, made since, or not known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_kcp.errors import FailureKind
from kubectl_kcp.gather.cache import gather_cache
from kubectl_kcp.knowledge.resources import CLUSTERS
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.model.reference import Failure, Listing, Scope, Subject
from kubectl_kcp.sources.bundle.folder import BundleSource
from kubectl_kcp.sources.bundle.open import open_bundle

W1 = "w1"


class Late(BundleSource):
    """The list of all Clusters was answered before w1 was made. ``then``: what a list of its namespace shows."""

    then = "made"

    def objects(self, resource: Resource, namespace: str | None = None, selector: str = "") -> Listing[Object]:
        found = super().objects(resource, namespace, selector)
        if resource != CLUSTERS or (namespace is not None and self.then == "made"):
            return found
        if namespace is not None and self.then == "refused":
            return Listing((), (Failure(Subject("clusters", namespace), FailureKind.FORBIDDEN, "is forbidden"),))
        return replace(found, items=tuple(o for o in found.items if o["metadata"]["name"] != W1))


@pytest.mark.parametrize(("then", "told"), [("made", False), ("gone", True), ("refused", False)])
def test_a_cluster_is_gone_where_it_is_looked_for_in_vain(
    recording: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, then: str, told: bool
) -> None:
    monkeypatch.setattr(Late, "then", then)
    with open_bundle(str(recording("v1.14.2-healthy"))) as source:
        everything = gather_cache(source, Scope())
        source.__class__ = Late
        report = gather_cache(source, Scope())
    assert W1 in {i.ref.name for i in everything.items if i.cluster is not None}
    mine = [i for i in report.items if i.ref.name == W1]
    assert [i.cluster for i in mine] == ([None] if told else [])

"""Profiles of many Pods: one that fails or comes too late leaves the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from kubectl_kcp.errors import FailureKind, NotFound
from kubectl_kcp.gather.profile import gather_profiles
from kubectl_kcp.knowledge.resources import CLUSTERS, PODS
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.reference import Failure, Listing, Subject
from kubectl_kcp.sources.bundle.files import Folder
from kubectl_kcp.sources.bundle.folder import BundleSource
from kubectl_kcp.sources.interface import Outcome, ProfileKind

Recording = Callable[[str], Path]
T = TypeVar("T")


class Cut(BundleSource):
    """A recording of which Ctrl-C ends the reading after so many profiles."""

    after = 1

    def profiles(
        self, pods: Sequence[Pod], kind: ProfileKind, seconds: float, read: Callable[[bytes], T], progress: Progress | None = None
    ) -> Iterator[Outcome[T]]:
        for number, outcome in enumerate(super().profiles(pods, kind, seconds, read, progress)):
            if number == self.after:
                raise KeyboardInterrupt
            yield outcome


def test_ctrl_c_keeps_what_is_complete(recording: Recording) -> None:
    source = Cut(Folder(recording("v1.4.2-10-clusters")))
    found = gather_profiles(source, ProfileKind.ALLOCS, 10.0)
    assert found.interrupted
    assert len(found.items) == 1
    assert [f.reason for f in found.failures] == ["interrupted after 1 of 4"]
    source.after = 0
    with pytest.raises(KeyboardInterrupt):
        gather_profiles(source, ProfileKind.ALLOCS, 10.0)


def test_a_deployment_without_pods_is_said(recording: Recording) -> None:
    class Bare(BundleSource):
        def objects(self, resource: Resource, namespace: str | None = None, selector: str = "") -> Listing[Object]:
            return Listing() if resource is PODS else super().objects(resource, namespace, selector)

    found = gather_profiles(Bare(Folder(recording("v1.14.2-healthy"))), ProfileKind.CPU, 0.0)
    assert found.items == ()
    assert len(found.failures) == 4
    assert found.failures[0].reason == "it has no Pod"


def test_a_cluster_without_controllers_is_said(recording: Recording) -> None:
    class Empty(BundleSource):
        def objects(self, resource: Resource, namespace: str | None = None, selector: str = "") -> Listing[Object]:
            return Listing()

    with pytest.raises(NotFound, match="no Cluster API controller"):
        gather_profiles(Empty(Folder(recording("v1.14.2-healthy"))), ProfileKind.CPU, 0.0)


def test_what_the_keys_are_measured_by_may_be_missing(recording: Recording) -> None:
    """Neither clusters nor metrics: the profiles are there all the same, and nothing is made up."""

    class Blind(BundleSource):
        def objects(self, resource: Resource, namespace: str | None = None, selector: str = "") -> Listing[Object]:
            if resource is CLUSTERS:
                return Listing(failures=(Failure(Subject("clusters"), FailureKind.FORBIDDEN, "forbidden"),))
            return super().objects(resource, namespace, selector)

        def metrics(self, *args: object, **more: object) -> Iterator[Outcome[T]]:
            yield Failure(Subject("Pod", name="kcp"), FailureKind.UNREACHABLE, "unreachable")

    found = gather_profiles(Blind(Folder(recording("v1.4.2-10-clusters"))), ProfileKind.ALLOCS, 0.0, ("kcp",))
    context = found.items[0].keys
    assert (context.clusters, context.created, context.reconciles, context.go_version) == (None, None, None, "")
    assert {str(f.subject) for f in found.failures} == {"clusters", "Pod kcp"}

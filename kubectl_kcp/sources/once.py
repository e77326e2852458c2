"""A source that asks each question once: several gatherers look at the same moment, and an API server is not asked twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from kubectl_kcp.knowledge.resources import SECRETS
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.reference import Listing, Origin, Ref
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.sources.interface import LiveCluster, Moment, Outcome, ProfileKind, Question, Source

T = TypeVar("T")


class OnceSource:
    """Keeps every list for as long as it lives. Pages, profiles and logs are read anew each time: they are large."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._answers: dict[Question, Listing[Any]] = {}
        self._named: dict[tuple[Ref, ...], Listing[CertificateSecret]] = {}
        self._expected: set[Question] = set()

    @property
    def name(self) -> str:
        return self._source.name

    @property
    def live(self) -> bool:
        return self._source.live

    @property
    def namespace(self) -> str | None:
        return self._source.namespace

    @property
    def cluster(self) -> LiveCluster | None:
        return self._source.cluster

    @property
    def origin(self) -> Origin:
        return self._source.origin

    @property
    def skew(self) -> float | None:
        return self._source.skew

    def now(self) -> datetime:
        return self._source.now()

    def server_version(self) -> str:
        return self._source.server_version()

    def expect(self, questions: Iterable[Question]) -> None:
        new = [q for q in questions if q not in self._answers and q not in self._expected]
        self._expected.update(new)
        self._source.expect(new)

    def objects(self, resource: Resource, namespace: str | None = None, selector: str = "") -> Listing[Object]:
        question = Question(resource, namespace, selector)
        if question not in self._answers:
            self._answers[question] = self._source.objects(resource, namespace, selector)
        return self._answers[question]

    def secrets(self, namespace: str | None = None, selector: str = "") -> Listing[CertificateSecret]:
        question = Question(SECRETS, namespace, selector)
        if question not in self._answers:
            self._answers[question] = self._source.secrets(namespace, selector)
        return self._answers[question]

    def named_secrets(self, refs: Sequence[Ref]) -> Listing[CertificateSecret]:
        asked = tuple(refs)
        if asked not in self._named:
            self._named[asked] = self._source.named_secrets(refs)
        return self._named[asked]

    def log(self, pod: Pod, since: datetime | None = None) -> Iterator[str]:
        return self._source.log(pod, since)

    def log_begins(self, pod: Pod) -> datetime | None:
        return self._source.log_begins(pod)

    def metrics(
        self, pods: Sequence[Pod], moment: Moment, read: Callable[[Iterable[bytes]], T], progress: Progress | None = None
    ) -> Iterator[Outcome[T]]:
        return self._source.metrics(pods, moment, read, progress)

    def profiles(
        self, pods: Sequence[Pod], kind: ProfileKind, seconds: float, read: Callable[[bytes], T], progress: Progress | None = None
    ) -> Iterator[Outcome[T]]:
        return self._source.profiles(pods, kind, seconds, read, progress)

    def pause(self, seconds: float) -> None:
        self._source.pause(seconds)

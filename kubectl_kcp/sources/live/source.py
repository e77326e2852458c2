"""A live management cluster as a Source."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timezone
from functools import cached_property, partial
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, TypeVar

from kubectl_kcp.errors import KcpError, NotServed
from kubectl_kcp.knowledge.resources import SECRETS
from kubectl_kcp.kube.api import Api, path_of
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.kube.times import iso
from kubectl_kcp.machine.later import Later
from kubectl_kcp.machine.parallel import Progress, in_parallel
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.endpoint import Endpoint
from kubectl_kcp.model.reference import Failure, Listing, Origin, Ref, Subject
from kubectl_kcp.model.secret import CertificateSecret, Kubeconfig
from kubectl_kcp.sources.busy import when_free
from kubectl_kcp.sources.interface import Moment, Outcome, ProfileKind, Question, Reading
from kubectl_kcp.sources.live.diagnostics import Call, Tokens, answer
from kubectl_kcp.sources.live.listing import Lister
from kubectl_kcp.sources.live.named import named_secrets

if TYPE_CHECKING:
    from kubectl_kcp.etcd.interface import Members
    from kubectl_kcp.etcd.workload import Leaves
    from kubectl_kcp.model.etcd import Attempt
    from kubectl_kcp.model.rotation import WorkloadTrust
    from kubectl_kcp.sources.live.facts import Facts

T = TypeVar("T")
LOG_LIMIT = 64 << 20
"""Bytes of a log at most: the API server cuts there."""
PROFILE_LIMIT = 256 << 20
LISTS_AT_ONCE = 4
HANDSHAKE = 10.0
"""Seconds at most for a workload cluster's API server to show its certificate."""
SLACK = 10.0
"""Seconds a profile may take beyond its window."""


class LiveSource:
    """Reads through one Api. Threads serve several Pods at once."""

    live = True

    def __init__(self, api: Api, account: str, token: str = "", facts: Facts | None = None) -> None:
        self.api = api
        self.name = str(self.origin)
        self.namespace = api.login.namespace
        self.tokens = Tokens(api, account, token)
        self._lister = Lister(api, facts)
        self._coming: dict[Question, Later[Listing[Any]]] = {}
        self._at_once = BoundedSemaphore(LISTS_AT_ONCE)

    @property
    def cluster(self) -> LiveSource:
        return self

    @property
    def origin(self) -> Origin:
        return Origin.of(self.api.login.context, self.api.login.server)

    @property
    def skew(self) -> float | None:
        return self.api.skew

    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def server_version(self) -> str:
        try:
            return str(self.api.get("/version").get("gitVersion") or "")
        except (KcpError, AttributeError):
            return ""

    def expect(self, questions: Iterable[Question]) -> None:
        for question in questions:
            self._coming[question] = Later(partial(self._begun, question))

    def _begun(self, question: Question) -> Listing[Any]:
        with self._at_once:
            return self._asked(question)

    def _asked(self, question: Question) -> Listing[Any]:
        if question.resource == SECRETS:
            return self._lister.secrets(question.namespace, question.selector)
        return self._lister.objects(question.resource, question.namespace, question.selector)

    def _answer(self, question: Question) -> Listing[Any]:
        """Each answer is taken once: who asks again wants to know it anew."""
        coming = self._coming.pop(question, None)
        return self._asked(question) if coming is None else coming.result()

    def objects(self, resource: Resource, namespace: str | None = None, selector: str = "") -> Listing[Object]:
        return self._answer(Question(resource, namespace, selector))

    def secrets(self, namespace: str | None = None, selector: str = "") -> Listing[CertificateSecret]:
        return self._answer(Question(SECRETS, namespace, selector))

    def named_secrets(self, refs: Sequence[Ref]) -> Listing[CertificateSecret]:
        return named_secrets(self.api, refs) if refs else Listing()

    def log(self, pod: Pod, since: datetime | None = None) -> Iterator[str]:
        query = {"container": pod.container, "sinceTime": iso(since.replace(microsecond=0)) if since else None, "limitBytes": LOG_LIMIT}
        path = path_of("", "v1", "pods", pod.namespace, pod.name, "log")
        rest = b""
        with self.api.stream(path, query) as chunks:
            for chunk in chunks:
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield line.decode("utf-8", "replace")
        if rest:
            yield rest.decode("utf-8", "replace")

    def log_begins(self, pod: Pod) -> datetime | None:
        return None

    def metrics(
        self, pods: Sequence[Pod], moment: Moment, read: Callable[[Iterable[bytes]], T], progress: Progress | None = None
    ) -> Iterator[Outcome[T]]:
        def one(pod: Pod) -> Reading[T]:
            endpoint = pod.endpoints.metrics
            if endpoint is None:
                raise NotServed(f"it serves no metrics: {pod.endpoints.no_metrics}")
            started = self.now()
            with answer(self.api, self.tokens, Call(pod, endpoint, "/metrics", self._timeout())) as chunks:
                value = read(chunks)
            return Reading(pod, value, started, self.now())

        yield from self._each(pods, one, "metrics", progress)

    def profiles(
        self,
        pods: Sequence[Pod],
        kind: ProfileKind,
        seconds: float,
        read: Callable[[bytes], T],
        progress: Progress | None = None,
    ) -> Iterator[Outcome[T]]:
        window = max(1, round(seconds)) if kind is ProfileKind.CPU else 0
        path = kind.path + (f"?seconds={window}" if window else "")

        def one(pod: Pod) -> Reading[T]:
            endpoint = pod.endpoints.profiles
            if endpoint is None:
                raise NotServed(f"it serves no profiles: {pod.endpoints.no_profiles}")
            started, content = when_free(lambda: take(pod, endpoint), self.api.timeout or 0.0)
            return Reading(pod, read(content), started, self.now())

        def take(pod: Pod, endpoint: Endpoint) -> tuple[datetime, bytes]:
            started = self.now()
            with answer(self.api, self.tokens, Call(pod, endpoint, path, self._timeout() + window + (SLACK if window else 0))) as chunks:
                return started, b"".join(chunks)

        yield from self._each(pods, one, f"{kind.value} profile", progress, window)

    def etcd(self, cluster: Cluster) -> Members:
        from kubectl_kcp.etcd.workload import WorkloadEtcd

        return WorkloadEtcd(self.api, self._leaves, cluster)

    def api_server(self, config: Kubeconfig) -> Attempt:
        from kubectl_kcp.sources.live.serving import handshake

        return handshake(config, min(self._timeout(), HANDSHAKE))

    def webhook(self, pod: Ref, port: int, name: str, ca_pem: bytes) -> Attempt:
        from kubectl_kcp.kube.portforward import connect
        from kubectl_kcp.sources.live.serving import webhook

        limit = min(self._timeout(), HANDSHAKE)
        return webhook(lambda: connect(self.api, pod.namespace, pod.name, port, limit), f"Pod {pod}, port {port}", name, ca_pem)

    def workload_trust(self, cluster: Cluster) -> WorkloadTrust:
        from kubectl_kcp.sources.live.workload import read_trust

        return read_trust(cluster, lambda: self._leaves.secret(cluster, "kubeconfig").get("value", b""), min(self._timeout(), HANDSHAKE))

    @cached_property
    def _leaves(self) -> Leaves:
        """Made on first use: importing certificates and etcd takes long, and most commands ask no etcd."""
        from kubectl_kcp.etcd.workload import Leaves

        return Leaves(self.api)

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def _timeout(self) -> float:
        return self.api.timeout or 3600.0

    def _each(
        self, pods: Sequence[Pod], one: Callable[[Pod], Reading[T]], what: str, progress: Progress | None, window: float = 0
    ) -> Iterator[Outcome[T]]:
        for pod, outcome in in_parallel(pods, one, what, progress, noun="Pod", window=window):
            if isinstance(outcome, KcpError):
                yield Failure.of(Subject.of("Pod", pod.ref), outcome)
            else:
                yield outcome

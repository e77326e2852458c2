"""A bundle as a folder: the layout of docs/bundle.md, which the bundles in the tests share.

::

    captured-at.txt                      "now" (RFC 3339)
    manifest.json                        format, tool, origin, failures (absent in format 0)
    version.json                         the API server's /version
    objects/PLURAL.json                  a List of all namespaces
    controllers/KEY/identity.json        provider, namespace, deployment, pod, times
    controllers/KEY/metrics-1.txt        the page before the CPU window; metrics-2.txt after it
    controllers/KEY/{cpu,heap,…}.pb.gz   profiles
    controllers/KEY/log.txt              the log's tail
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, BinaryIO, Protocol, TypeVar

from kubectl_kcp.errors import BadInput, FailureKind, KcpError, NotFound
from kubectl_kcp.kube.objects import strings, text
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.kube.times import parse_time
from kubectl_kcp.logs.reader import written_since
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.reference import Failure, Listing, Origin, Ref, Subject
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.sources.bundle.failures import recorded_failure
from kubectl_kcp.sources.interface import Moment, Outcome, ProfileKind, Question, Reading
from kubectl_kcp.sources.secrets import reduce
from kubectl_kcp.sources.selector import Selector

T = TypeVar("T")
FORMAT = 1
"""The newest format that this program reads and the one it writes."""
CHUNK = 1 << 16
BY_NAME = "secretsByName"
"""In manifest.json: Secrets that no list shows were looked for by their names, too. A folder that kubectl made holds all of them."""

ORIGIN, ORIGIN_CONTEXT, ORIGIN_SERVER = "origin", "originContext", "originServer"
SKEW, LOGS_SINCE, STAND_INS = "clockSkewSeconds", "logsSince", "namesRedacted"
"""In manifest.json: which management cluster, how far its API server's clock was ahead, from when on logs were read (absent where whole
logs were), and whether stand-ins are in place of names. The first bundles have none of these."""

LOG_BEGINS = "logBegins"
"""In identity.json: the log's first line, where more lines than are kept stood before it."""

LAYOUT, LACKS, ESTIMATED = "layout", "lacks", "timeEstimated"
"""In the manifest that is made for another tool's bundle: whose it is, what it never holds, and whether its time is the newest that
is told in it."""
METRICS, RATES, PROFILES = "metrics", "rates: of metrics there is one page", "profiles"
"""Among what a layout lacks: said once, not of each Pod."""


class Files(Protocol):
    """Read-only files by their path in the bundle: a folder or an archive, already made safe."""

    name: str

    def open(self, path: str) -> BinaryIO:
        """Raises FileNotFoundError, BadInput."""

    def names(self, folder: str) -> list[str]:
        """Names directly in ``folder``, sorted; empty where it is missing."""


class BundleSource:
    """A recorded management cluster."""

    live = False
    namespace: str | None = None
    cluster: None = None

    def __init__(self, files: Files) -> None:
        self._files = files
        self.name = f"bundle {files.name}"
        self._manifest = self._json("manifest.json", {})
        if not isinstance(self._manifest, dict) or not isinstance(self._manifest.get("format", 0), int):
            raise BadInput(f"{self.name}: manifest.json is not a bundle's")
        if self._manifest.get("format", 0) > FORMAT:
            raise BadInput(
                f"{self.name}: format {self._manifest['format']} is newer than this program reads ({FORMAT})", "update kubectl-kcp"
            )
        self._now = self._captured_at()
        self._identities = {key: self._identity(key) for key in files.names("controllers")}

    def now(self) -> datetime:
        return self._now

    @property
    def origin(self) -> Origin:
        told = Origin(*(text(self._manifest, key) for key in (ORIGIN, ORIGIN_CONTEXT, ORIGIN_SERVER)))
        return told if told.name else Origin(self.name)

    @property
    def skew(self) -> float | None:
        told = self._manifest.get(SKEW)
        return float(told) if isinstance(told, (int, float)) and not isinstance(told, bool) else None

    @property
    def logs_since(self) -> datetime | None:
        """From when on logs were read; None for whole logs' tails."""
        return parse_time(self._manifest.get(LOGS_SINCE))

    @property
    def stand_ins(self) -> bool:
        return self._manifest.get(STAND_INS) is True

    @property
    def layout(self) -> str:
        """Whose bundle it is; "" for one of ours."""
        told = self._manifest.get(LAYOUT)
        return told if isinstance(told, str) else ""

    @property
    def lacks(self) -> tuple[str, ...]:
        """What a bundle of this layout never holds, in words."""
        return strings(self._manifest, LACKS)

    @property
    def time_estimated(self) -> bool:
        return self._manifest.get(ESTIMATED) is True

    @property
    def format(self) -> int:
        return int(self._manifest.get("format", 0))

    @property
    def tool(self) -> str:
        """What made it; "" where that is not told."""
        told = self._manifest.get("tool")
        return told if isinstance(told, str) else ""

    @property
    def held_kinds(self) -> list[str]:
        """Kinds with a file of their own, by their plurals."""
        return [name.removesuffix(".json") for name in self._files.names("objects") if name.endswith(".json")]

    def held_parts(self, pod: Pod) -> tuple[str, ...]:
        """Names of the files of a Pod, without their endings."""
        key = self._key_of(pod)
        names = self._files.names(f"controllers/{key}") if key else []
        return tuple(name.partition(".")[0] for name in names if name != "identity.json")

    def server_version(self) -> str:
        try:
            recorded = self._json("version.json", {})
        except BadInput:
            return ""
        version = recorded.get("gitVersion") if isinstance(recorded, dict) else None
        return version if isinstance(version, str) else ""

    @property
    def recorded_failures(self) -> tuple[Failure, ...]:
        """What could not be read when the bundle was made."""
        rows = self._manifest.get("errors", [])
        return tuple(recorded_failure(r) for r in rows if isinstance(r, dict))

    def expect(self, questions: Iterable[Question]) -> None:
        """All of it is here."""

    def objects(self, resource: Resource, namespace: str | None = None, selector: str = "") -> Listing[Object]:
        chosen = Selector.parse(selector)
        objects, failures, held = self._objects(resource.plural)
        items = []
        for obj in objects:
            meta = obj.get("metadata")
            if not isinstance(meta, dict):
                failures.append(Failure(Subject(resource.plural), FailureKind.BAD_DATA, f"{self.name}: an object without metadata"))
            elif (namespace is None or meta.get("namespace", "") == namespace) and chosen.matches(meta.get("labels") or {}):
                items.append(obj)
        failures += [f for f in self.recorded_failures if f.subject.kind == resource.plural]
        return Listing(tuple(items), tuple(failures), held)

    def secrets(self, namespace: str | None = None, selector: str = "") -> Listing[CertificateSecret]:
        from kubectl_kcp.knowledge.resources import SECRETS

        raw = self.objects(SECRETS, namespace, selector)
        return Listing(tuple(s for s in map(reduce, raw.items) if s is not None), raw.failures)

    def named_secrets(self, refs: Sequence[Ref]) -> Listing[CertificateSecret]:
        from kubectl_kcp.knowledge.resources import SECRETS

        raw = self.objects(SECRETS)
        wanted = {(ref.namespace, ref.name) for ref in refs}
        found = [o for o in raw.items if (o["metadata"].get("namespace", ""), o["metadata"].get("name", "")) in wanted]
        items = tuple(s for s in map(reduce, found) if s is not None)
        missing = sorted(set(refs) - {s.ref for s in items})
        return Listing(items, tuple(f for ref in missing if (f := self._unread(ref, raw.failures)) is not None))

    def _unread(self, ref: Ref, of_all: Sequence[Failure]) -> Failure | None:
        """Why a Secret that the bundle does not hold may have been there all the same."""
        subject = Subject.of("Secret", ref)
        recorded = next((f for f in self.recorded_failures if f.subject == subject), None)
        if recorded is not None:
            return recorded
        if of_all:
            return Failure(subject, of_all[0].kind, of_all[0].reason, of_all[0].hint)
        by_name = self._manifest.get("format", 0) == 0 or self._manifest.get(BY_NAME) is True
        words = "the bundle's maker did not look for Secrets by their names"
        return None if by_name else Failure(subject, FailureKind.UNDECIDED, words)

    def log(self, pod: Pod, since: datetime | None = None) -> Iterator[str]:
        with self._open_for(pod, "log.txt", "log") as f:
            lines = (line.decode("utf-8", "replace").rstrip("\n") for line in f)
            yield from lines if since is None else written_since(lines, since, self._now)

    def log_begins(self, pod: Pod) -> datetime | None:
        """By ``--since``, or where its last lines alone were kept. A process that began later wrote no more."""
        told = (self.logs_since, parse_time(self._identity_of(pod).get(LOG_BEGINS)))
        begins = max((t for t in told if t is not None), default=None)
        return None if begins is None or (pod.started is not None and pod.started >= begins) else begins

    def metrics(
        self, pods: Sequence[Pod], moment: Moment, read: Callable[[Iterable[bytes]], T], progress: Progress | None = None
    ) -> Iterator[Outcome[T]]:
        part = "metrics-1" if moment is Moment.BEFORE else "metrics-2"
        lacked = next((w for w in (METRICS, RATES) if w in self.lacks and (w == METRICS or moment is Moment.BEFORE)), None)
        if lacked is not None:
            yield self._not_in_layout(lacked.partition(":")[0])
            return
        for pod in pods:
            try:
                with self._open_for(pod, f"{part}.txt", "metrics") as f:
                    value = read(iter(lambda f=f: f.read(CHUNK), b""))  # type: ignore[misc] # mypy infers no type for a lambda with a default
            except KcpError as e:
                yield Failure.of(Subject.of("Pod", pod.ref), e)
                continue
            at = parse_time((self._identity_of(pod).get("times") or {}).get(part))
            yield Reading(pod, value, at, at)

    def profiles(
        self,
        pods: Sequence[Pod],
        kind: ProfileKind,
        seconds: float,
        read: Callable[[bytes], T],
        progress: Progress | None = None,
    ) -> Iterator[Outcome[T]]:
        if PROFILES in self.lacks:
            yield self._not_in_layout(PROFILES)
            return
        for pod in pods:
            try:
                with self._open_for(pod, f"{kind.value}.pb.gz", f"{kind.value} profile") as f:
                    yield Reading(pod, read(f.read()))
            except KcpError as e:
                yield Failure.of(Subject.of("Pod", pod.ref), e)

    def _not_in_layout(self, part: str) -> Failure:
        """Once, not of each Pod."""
        return Failure(Subject("controllers", part=part), FailureKind.LEFT_OUT, f"not in {self.layout}")

    def pause(self, seconds: float) -> None:
        """A bundle does not change."""

    # -- its files

    def _captured_at(self) -> datetime:
        try:
            with self._files.open("captured-at.txt") as f:
                at = parse_time(f.read(100).decode("ascii", "replace").strip())
        except FileNotFoundError:
            raise BadInput(
                f"{self.name}: not a bundle: it has no captured-at.txt, and is not laid out as another tool's",
                "see docs/bundle.md for the layouts",
            ) from None
        if at is None:
            raise BadInput(f"{self.name}: captured-at.txt holds no time")
        return at

    def _json(self, path: str, missing: Any) -> Any:
        try:
            with self._files.open(path) as f:
                return json.load(f)
        except FileNotFoundError:
            return missing
        except (ValueError, RecursionError) as e:
            raise BadInput(f"{self.name}: {path} is not JSON: {e}") from None

    def _objects(self, plural: str) -> tuple[list[dict[str, Any]], list[Failure], bool]:
        """The objects, what is wrong with the file, and whether the kind was recorded."""
        path = f"objects/{plural}.json"
        try:
            doc = self._json(path, None)
        except BadInput as e:
            return [], [Failure.of(Subject(plural), e)], True
        if doc is None:
            return [], [], False
        items = doc.get("items") if isinstance(doc, dict) else None
        if not isinstance(items, list):
            return [], [Failure(Subject(plural), FailureKind.BAD_DATA, f"{self.name}: {path} is not a List")], True
        return [o for o in items if isinstance(o, dict)], [], True

    def _identity(self, key: str) -> dict[str, Any]:
        try:
            doc = self._json(f"controllers/{key}/identity.json", {})
        except BadInput:
            return {}
        return doc if isinstance(doc, dict) else {}

    def _identity_of(self, pod: Pod) -> dict[str, Any]:
        return self._identities.get(self._key_of(pod), {})

    def _key_of(self, pod: Pod) -> str:
        """A Pod's folder: by its name, else by its Deployment (ReplicaSet and Pod suffixes aside)."""
        for key, identity in self._identities.items():
            if identity.get("namespace") == pod.namespace and identity.get("pod") == pod.name:
                return key
        for key, identity in self._identities.items():
            deployment = identity.get("deployment")
            if identity.get("namespace") == pod.namespace and "pod" not in identity and deployment == pod.name.rsplit("-", 2)[0]:
                return key
        return ""

    def _open_for(self, pod: Pod, file: str, what: str) -> BinaryIO:
        key = self._key_of(pod)
        try:
            if key:
                return self._files.open(f"controllers/{key}/{file}")
        except FileNotFoundError:
            pass
        raise NotFound(f"the bundle holds no {what} of this Pod")

"""Writes a bundle as one file: tar with gzip, made beside its place and moved there whole.

gzip, not xz: a page of 40 MB is written while the controllers are still answering. The reader takes both.
"""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any
from urllib.parse import quote

from kubectl_kcp import __version__
from kubectl_kcp.errors import Refused
from kubectl_kcp.knowledge.resources import SECRETS
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.kube.times import iso
from kubectl_kcp.machine.whole_file import whole_file
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.reference import Failure, Origin
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.sources.bundle.archive import LARGEST
from kubectl_kcp.sources.bundle.failures import failure_row
from kubectl_kcp.sources.bundle.folder import (
    BY_NAME,
    ESTIMATED,
    FORMAT,
    LACKS,
    LAYOUT,
    LOG_BEGINS,
    LOGS_SINCE,
    ORIGIN,
    ORIGIN_CONTEXT,
    ORIGIN_SERVER,
    SKEW,
    STAND_INS,
)
from kubectl_kcp.sources.bundle.redact import redact_object, redact_text
from kubectl_kcp.sources.bundle.secret_objects import secret_object
from kubectl_kcp.sources.interface import Moment, ProfileKind

PAGE_IN_MEMORY = 8 << 20


@contextmanager
def write_bundle(path: str, captured_at: datetime, overwrite: bool = False) -> Iterator[BundleWriter]:
    """Yields the writer; the bundle is there when the block ends well. Raises Refused."""
    with whole_file(path, overwrite) as f, tarfile.open(fileobj=f, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        writer = BundleWriter(tar, captured_at)
        yield writer
        writer.finish()


class BundleWriter:
    """Adds parts in any order, each once. Nothing private is accepted: objects and logs are redacted here, Secrets come reduced."""

    def __init__(self, tar: tarfile.TarFile, captured_at: datetime) -> None:
        self._tar = tar
        self._captured_at = captured_at
        self._bytes = 0
        self._failures: list[Failure] = []
        self._identities: dict[str, dict[str, Any]] = {}
        self._about: dict[str, Any] = {}
        self._add("captured-at.txt", f"{iso(captured_at)}\n".encode())

    def about(self, origin: Origin, skew: float | None, logs_since: datetime | None = None, stand_ins: bool = False) -> None:
        """Which management cluster, by how many seconds its API server's clock was ahead of this machine's, and from when on logs were
        read, where not all of them were. ``stand_ins``: names were replaced."""
        self._about[ORIGIN] = origin.name
        if origin.server:
            self._about |= {ORIGIN_CONTEXT: origin.context, ORIGIN_SERVER: origin.server}
        if skew is not None:
            self._about[SKEW] = round(skew, 1)
        if logs_since is not None:
            self._about[LOGS_SINCE] = iso(logs_since)
        if stand_ins:
            self._about[STAND_INS] = True

    def layout(self, name: str, lacks: Sequence[str], estimated: bool) -> None:
        """Of a bundle that another tool made: whose it was, what such a one never holds, and whether its time is estimated."""
        self._about |= {LAYOUT: name, LACKS: list(lacks), ESTIMATED: estimated}

    def version(self, version: str) -> None:
        """The API server's, as its ``/version`` tells it."""
        self._json("version.json", {"gitVersion": version})

    def objects(self, resource: Resource, items: Iterable[Object]) -> None:
        """All objects of a kind, of all namespaces that were read."""
        if resource == SECRETS:
            raise Refused("Secrets go into a bundle reduced only")
        self._list(resource.plural, map(redact_object, items))

    def secrets(self, items: Iterable[CertificateSecret]) -> None:
        self._list(SECRETS.plural, map(secret_object, items))

    def failures(self, failures: Iterable[Failure]) -> None:
        """What could not be read. What is of a list of a kind is told again when that kind is read."""
        self._failures += failures

    def pod(self, controller: Controller, pod: Pod) -> None:
        """Before any part of this Pod."""
        self._identities[key_of(pod)] = {
            "provider": controller.provider,
            "namespace": pod.namespace,
            "deployment": controller.name,
            "serviceAccount": controller.service_account,
            "pod": pod.name,
            "times": {},
        }

    def metrics(self, pod: Pod, moment: Moment, page: Iterable[bytes], at: datetime | None) -> None:
        part = "metrics-1" if moment is Moment.BEFORE else "metrics-2"
        self._stream(pod, f"{part}.txt", page)
        if at is not None:
            self._identities[key_of(pod)]["times"][part] = iso(at)

    def profile(self, pod: Pod, kind: ProfileKind, data: bytes) -> None:
        """As the controller served it."""
        self._add(self._path(pod, f"{kind.value}.pb.gz"), data)

    def log(self, pod: Pod, lines: Sequence[str], begins: datetime | None = None) -> None:
        """The log's tail. Taken as a whole, because a key in it stretches over lines. ``begins``: lines of before were left out."""
        if begins is not None:
            self._identities[key_of(pod)][LOG_BEGINS] = iso(begins)
        self._add(self._path(pod, "log.txt"), redact_text("".join(f"{line}\n" for line in lines).encode("utf-8", "replace")))

    def finish(self) -> None:
        for key, identity in self._identities.items():
            self._json(f"controllers/{key}/identity.json", identity)
        rows = [failure_row(f) for f in self._failures]
        self._json("manifest.json", {"format": FORMAT, "tool": f"kubectl-kcp {__version__}", BY_NAME: True, **self._about, "errors": rows})

    # -- one file

    def _path(self, pod: Pod, file: str) -> str:
        key = key_of(pod)
        if key not in self._identities:
            raise Refused(f"Pod {pod.ref} is not in the bundle yet")
        return f"controllers/{key}/{file}"

    def _stream(self, pod: Pod, file: str, chunks: Iterable[bytes]) -> None:
        with tempfile.SpooledTemporaryFile(PAGE_IN_MEMORY) as spool:
            for chunk in chunks:
                spool.write(chunk)
            size = spool.tell()
            spool.seek(0)
            self._add_file(self._path(pod, file), size, spool)  # type: ignore[arg-type,unused-ignore] # an IO[bytes] from 3.11 on

    def _list(self, plural: str, items: Iterable[Mapping[str, Any]]) -> None:
        self._json(f"objects/{plural}.json", {"apiVersion": "v1", "kind": "List", "items": list(items)})

    def _json(self, path: str, document: Mapping[str, Any]) -> None:
        self._add(path, json.dumps(document, separators=(",", ":")).encode())

    def _add(self, path: str, data: bytes) -> None:
        self._add_file(path, len(data), io.BytesIO(data))

    def _add_file(self, path: str, size: int, content: IO[bytes]) -> None:
        self._bytes += size
        if self._bytes > LARGEST:
            raise Refused(f"the bundle would hold more than {LARGEST >> 20} MiB, which is the most that is read", "narrow it with -n or -l")
        entry = tarfile.TarInfo(path)
        entry.size, entry.mode, entry.mtime = size, 0o600, int(self._captured_at.timestamp())
        self._tar.addfile(entry, content)


def key_of(pod: Pod) -> str:
    """The Pod's folder. Neither part of a name can hold the underscore."""
    return f"{quote(pod.namespace, safe='')}_{quote(pod.name, safe='')}"

"""What a foreign bundle gives, whatever its layout: objects, logs, pages; and the same as the files of a bundle of ours."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO, Protocol

from msgspec import Struct, field

from kubectl_kcp.errors import BadInput, FailureKind
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.knowledge.estate import KINDS
from kubectl_kcp.kube.objects import rows, section, text
from kubectl_kcp.kube.resources import Object
from kubectl_kcp.kube.times import iso, parse_time
from kubectl_kcp.logs.reader import last_written
from kubectl_kcp.model.reference import Failure, Ref, Subject
from kubectl_kcp.sources import plain_yaml
from kubectl_kcp.sources.bundle.failures import failure_row

MOST_NODES = 2_000_000
"""Of one YAML file: a list of all Machines of a fleet's namespace."""
LARGEST = 256 << 20
RESOURCES = (*(k.resource for k in KINDS), r.PROVIDERS, r.SECRETS)
PLURALS = {(res.group, res.kind): res.plural for res in RESOURCES}
NEEDED = (r.CLUSTERS, r.MACHINES, r.KUBEADM_CONTROL_PLANES, r.DEPLOYMENTS, r.PODS, r.LEASES, r.SECRETS)
"""Without these a command would say that there are none: what a layout does not hold of them is told as not read."""


class Tree(Protocol):
    """Files that were opened by somebody else, with all their paths."""

    name: str

    def open(self, path: str) -> BinaryIO: ...

    def paths(self) -> list[str]: ...


class Parts(Struct):
    """``held`` are the plurals of kinds that the bundle would hold if there were any. ``logs`` and ``pages`` are paths by Pod;
    ``container`` is whose part of a log is meant where several share a file. ``times`` are any that tell when it was recorded."""

    objects: dict[str, dict[tuple[str, str], Object]] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    logs: dict[Ref, str] = field(default_factory=dict)
    pages: dict[Ref, str] = field(default_factory=dict)
    version: str = ""
    at: datetime | None = None
    times: list[datetime] = field(default_factory=list)
    read_log: Callable[[bytes, str], bytes] = lambda data, _: data
    failures: list[Failure] = field(default_factory=list)

    def add(self, obj: Any, kind: str = "", group: str = "") -> None:
        """An object of a kind that is read; others are passed over. ``kind`` and ``group`` where a typed list leaves them out."""
        if not isinstance(obj, dict):
            return
        version = text(obj, "apiVersion")
        group = version.rpartition("/")[0] if version else group
        kind = text(obj, "kind") or kind
        for when in _times(obj):
            self.times.append(when)
        plural = PLURALS.get((group, kind))
        if plural is None:
            return
        meta = section(obj, "metadata")
        key = text(meta, "namespace"), text(meta, "name")
        known = self.objects.setdefault(plural, {})
        self.held.add(plural)
        if key not in known or _newer(version, text(known[key], "apiVersion")):
            known[key] = {"kind": kind, **obj}


def _newer(one: str, other: str) -> bool:
    """Of two versions of a group: ``v1beta2`` above ``v1beta1``, ``v1`` above both."""
    a, b = (v.rpartition("/")[2] for v in (one, other))
    return ("alpha" not in a, "beta" not in a, a) > ("alpha" not in b, "beta" not in b, b)


def _times(obj: Object) -> Iterator[datetime]:
    """When something of it was written: never later than the bundle."""
    meta, spec = section(obj, "metadata"), section(obj, "spec")
    told = [meta.get("creationTimestamp"), obj.get("lastTimestamp"), spec.get("renewTime") if obj.get("kind") == "Lease" else None]
    told += [e.get("time") for e in rows(meta, "managedFields")]
    told += [c.get("lastTransitionTime") for c in rows(section(obj, "status"), "conditions")]
    return (at for value in told if value is not None and (at := parse_time(value)) is not None)


def documents(tree: Tree, path: str, parts: Parts) -> Iterator[Any]:
    """The objects of a JSON or YAML file: one, a list of them, or a List. A broken file is a failure."""
    try:
        with tree.open(path) as f:
            data = f.read(LARGEST).rstrip(b"\0")
        found = json.loads(data) if path.endswith(".json") else _typed(plain_yaml.load(data, MOST_NODES, aliases=False))
    except (ValueError, RecursionError, BadInput) as e:
        parts.failures.append(Failure(Subject("", name=path), FailureKind.BAD_DATA, f"not read: {e}"))
        return
    if isinstance(found, dict) and isinstance(found.get("items"), list):
        found = found["items"]
    yield from found if isinstance(found, list) else [found]


def _typed(value: Any) -> Any:
    """Scalars as JSON has them."""
    if isinstance(value, dict):
        return {k: _typed(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_typed(v) for v in value]
    if not isinstance(value, plain_yaml.NotText):
        return value
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    for form in (int, float):
        try:
            return form(value)
        except ValueError:
            continue
    return str(value)


class Translated:
    """A foreign bundle's files as those of a bundle of ours (docs/bundle.md). Made as they are asked for."""

    def __init__(self, tree: Tree, parts: Parts, layout: str, lacks: Iterable[str]) -> None:
        self.name = tree.name
        self._tree, self._parts = tree, parts
        self._made: dict[str, Callable[[], bytes]] = {}
        for plural in sorted(parts.held):
            self._made[f"objects/{plural}.json"] = partial(_list, parts, plural)
        at = parts.at or self._newest()
        lacks = (*lacks, *(part for part, known in (("logs", parts.logs), ("metrics", parts.pages)) if not known and part not in lacks))
        for ref, path in parts.logs.items():
            self._made[f"controllers/{_key(ref)}/log.txt"] = partial(self._log, path)
        for ref, path in parts.pages.items():
            self._made[f"controllers/{_key(ref)}/metrics-2.txt"] = partial(self._whole, path)
        for ref in {*parts.logs, *parts.pages}:
            identity = _json({"namespace": ref.namespace, "pod": ref.name, "deployment": "", "provider": ""})
            self._made[f"controllers/{_key(ref)}/identity.json"] = partial(bytes, identity)
        missing = [Failure(Subject(res.plural), FailureKind.LEFT_OUT, f"not in {layout}") for res in NEEDED if res.plural not in parts.held]
        manifest = {
            "format": 1,
            "layout": layout,
            "lacks": list(lacks),
            "timeEstimated": parts.at is None,
            "secretsByName": True,
            "errors": [failure_row(f) for f in (*missing, *parts.failures)],
        }
        self._made |= {
            "captured-at.txt": partial(bytes, f"{iso(at)}\n".encode()),
            "version.json": partial(_json, {"gitVersion": parts.version}),
            "manifest.json": partial(_json, manifest),
        }

    def open(self, path: str) -> BinaryIO:
        make = self._made.get(path)
        if make is None:
            raise FileNotFoundError(path)
        return io.BytesIO(make())

    def names(self, folder: str) -> list[str]:
        prefix = folder.rstrip("/") + "/"
        return sorted({p.removeprefix(prefix).split("/")[0] for p in self._made if p.startswith(prefix)})

    def _whole(self, path: str) -> bytes:
        with self._tree.open(path) as f:
            return f.read(LARGEST).rstrip(b"\0")

    def _log(self, path: str) -> bytes:
        return self._parts.read_log(self._whole(path), path)

    def _newest(self) -> datetime:
        """The newest time that an object or a log tells: it was recorded then, or a little later."""
        times = list(self._parts.times)
        if times:
            base = max(times)
            for path in self._parts.logs.values():
                last = last_written(self._log(path).decode("utf-8", "replace").splitlines(), base)
                times += [last] if last is not None else []
        if not times:
            raise BadInput(f"bundle {self.name}: nothing in it tells when it was recorded")
        return max(times)


def _key(ref: Ref) -> str:
    return f"{ref.namespace}_{ref.name}"


def _list(parts: Parts, plural: str) -> bytes:
    return _json({"apiVersion": "v1", "kind": "List", "items": list(parts.objects.get(plural, {}).values())})


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()

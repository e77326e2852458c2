"""Changes of objects: create, update, patch, apply and delete, with what an API server checks and fills in."""

from __future__ import annotations

import base64
import copy
import datetime as dt
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from tests.sandbox import applying, managed_fields, patches
from tests.sandbox.defaults import counted, filled
from tests.sandbox.errors import ApiError, conflict, exists, invalid, not_found, precondition
from tests.sandbox.kinds import KINDS, Kind
from tests.sandbox.request_info import RequestInfo
from tests.sandbox.scales import scale_of, scaled
from tests.sandbox.store import Store

Object = dict[str, Any]
GRACE = 30
SHOWN = frozenset({"Pod", "ServiceAccount", "Namespace"})
"""Kinds whose deletion is answered with the object."""
CHANGED = "the object has been modified; please apply your changes to the latest version and try again"
LETTERS = "bcdfghjklmnpqrstvwxz2456789"


@dataclass(frozen=True)
class Writer:
    """How a request writes: ``manager`` for managedFields; ``dry`` changes nothing."""

    manager: str
    dry: bool = False
    force: bool = False


class Writing:
    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, kind: Kind, asked: RequestInfo, body: Object, by: Writer) -> Object:
        meta = dict(body.get("metadata") or {})
        namespace = asked.namespace if kind.namespaced else ""
        if meta.get("namespace", namespace) != namespace:
            raise ApiError(400, "the namespace of the provided object does not match the namespace sent on the request")
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = meta["generateName"] + "".join(secrets.choice(LETTERS) for _ in range(5))
        if not meta.get("name"):
            raise invalid(kind, "", "metadata.name", "Required value: name or generateName is required")
        if namespace and self._store.get("namespaces", "", namespace) is None:
            raise not_found(KINDS[0], namespace)
        if self._store.get(kind.plural, namespace, meta["name"]) is not None:
            raise exists(kind, meta["name"])
        for given in ("uid", "resourceVersion", "creationTimestamp", "managedFields", "deletionTimestamp"):
            meta.pop(given, None)
        if namespace:
            meta["namespace"] = namespace
        if counted(kind):
            meta["generation"] = 1
        made = {"apiVersion": kind.api_version, "kind": kind.kind, **body, "metadata": meta}
        if "status" in kind.subresources:
            made.pop("status", None)
        made = filled(kind, _normal(kind, made))
        written = {k: v for k, v in made.items() if k != "status"}
        entries = managed_fields.updated(None, written, by.manager, "", self._store.now_text())
        made["metadata"].update({"managedFields": entries} if entries else {})
        return self._tried(made) if by.dry else self._store.put(kind.plural, made)

    def _tried(self, made: Object) -> Object:
        """What a dry run shows."""
        meta = {"uid": str(uuid.uuid4()), "creationTimestamp": self._store.now_text(), **made["metadata"]}
        return {**made, "metadata": meta}

    def update(self, kind: Kind, asked: RequestInfo, body: Object, by: Writer) -> Object:
        meta = body.get("metadata") or {}
        if meta.get("name") != asked.name:
            raise ApiError(400, f"the name of the object ({meta.get('name', '')}) does not match the name on the URL ({asked.name})")
        live = self._live(kind, asked)
        if meta.get("uid", live["metadata"]["uid"]) != live["metadata"]["uid"]:
            raise conflict(kind, asked.name, self._uid_words(kind, asked, meta["uid"], live))
        if asked.subresource == "scale":
            return scale_of(self._write(kind, asked, live, scaled(live, body), by))
        return self._write(kind, asked, live, body, by)

    def patch(self, kind: Kind, asked: RequestInfo, content_type: str, body: Any, by: Writer) -> Object:
        """Strategic merge is for built-in types alone."""
        if content_type == patches.APPLY:
            return self._apply(kind, asked, body, by)
        if kind.custom and content_type == patches.STRATEGIC:
            raise patches.unsupported(patches.OF_CUSTOM)
        live = self._live(kind, asked)
        if asked.subresource == "scale":
            return scale_of(self._write(kind, asked, live, scaled(live, patches.patched(content_type, scale_of(live), body)), by))
        return self._write(kind, asked, live, patches.patched(content_type, live, body), by)

    def _apply(self, kind: Kind, asked: RequestInfo, wanted: Object, by: Writer) -> Object:
        live = self._store.get(kind.plural, asked.namespace if kind.namespaced else "", asked.name)
        wanted = _normal(kind, wanted)
        if live is None:
            made = self.create(kind, asked, {**wanted, "metadata": {**wanted["metadata"], "name": asked.name}}, Writer(by.manager, True))
        else:
            made = applying.merged(live, wanted, managed_fields.given_up(live, wanted, by.manager, asked.subresource))
        now = self._store.now_text()
        entries = managed_fields.applied(live, wanted, made, by.manager, asked.subresource, now, by.force)
        if live is None:
            made["metadata"]["managedFields"] = entries
            return made if by.dry else self._store.put(kind.plural, made)
        return self._write(kind, asked, live, made, by, entries)

    def _write(self, kind: Kind, asked: RequestInfo, live: Object, made: Object, by: Writer, entries: list[Object] | None = None) -> Object:
        """``made`` in the place of ``live``; nothing is written where nothing changed."""
        self._check(kind, live, made)
        if made["metadata"].get("managedFields") == [
            {}
        ]:  # asks for all to be forgotten (apimachinery, managedfields.RemoveObjectManagedFields)
            entries = []
        made = self._shaped(kind, asked.subresource, live, _normal(kind, made))
        was = live["metadata"].get("managedFields") or []
        if _plain(made) == _plain(live) and (entries is None or entries == was):
            return live
        now = self._store.now_text()
        if entries is None:
            entries = managed_fields.updated(live, made, by.manager, asked.subresource, now)
        made["metadata"].pop("managedFields", None)
        made["metadata"].update({"managedFields": entries} if entries else {})
        if by.dry:
            return made
        if made["metadata"].get("deletionTimestamp") and not made["metadata"].get("finalizers") and kind.kind != "Pod":
            self._store.remove(kind.plural, made["metadata"].get("namespace", ""), asked.name)
            return made
        return self._store.put(kind.plural, made)

    def _check(self, kind: Kind, live: Object, made: Object) -> None:
        meta, was = made["metadata"], live["metadata"]
        if meta.get("resourceVersion", was["resourceVersion"]) != was["resourceVersion"]:
            raise conflict(kind, was["name"], CHANGED)
        if meta.get("name", was["name"]) != was["name"]:
            raise ApiError(400, f"the name of the object ({meta['name']}) does not match the name on the URL ({was['name']})")
        if meta.get("uid", was["uid"]) != was["uid"]:
            raise invalid(kind, was["name"], "metadata.uid", f'Invalid value: "{meta["uid"]}": field is immutable')

    def _shaped(self, kind: Kind, subresource: str, live: Object, made: Object) -> Object:
        """A status is written through its subresource, all else not; what the system owns is kept."""
        made = copy.deepcopy(made)
        was = live["metadata"]
        meta = dict(was) if subresource == "status" else made["metadata"]
        for key in managed_fields.SYSTEMS - {"managedFields"}:
            meta.pop(key, None)
        made["metadata"] = {**{k: v for k, v in was.items() if k in managed_fields.SYSTEMS}, **meta}
        if subresource == "status":
            status = {"status": made["status"]} if "status" in made else {}
            return {**{k: v for k, v in live.items() if k != "status"}, **status, "metadata": made["metadata"]}
        if "status" in kind.subresources:
            made.pop("status", None)
            made.update({"status": live["status"]} if "status" in live else {})
        if counted(kind) and made.get("spec") != live.get("spec"):
            made["metadata"]["generation"] = int(was.get("generation") or 0) + 1
        if kind.kind == "Secret":
            made.setdefault("type", live.get("type", "Opaque"))
        return {**made, "apiVersion": live["apiVersion"], "kind": live["kind"]}

    def delete(self, kind: Kind, asked: RequestInfo, options: Object, by: Writer) -> Object:
        """A Pod is marked, and removed when its containers have ended; so is what has finalizers."""
        live = self._live(kind, asked)
        meta = live["metadata"]
        wanted = options.get("preconditions") or {}
        for what, field in (("UID", "uid"), ("ResourceVersion", "resourceVersion")):
            if wanted.get(field, meta[field]) != meta[field]:
                raise precondition(kind, asked.name, what, wanted[field], meta[field])
        if by.dry:
            return live
        grace = options.get("gracePeriodSeconds")
        if grace is None:
            grace = live.get("spec", {}).get("terminationGracePeriodSeconds", GRACE)
        if (kind.kind == "Pod" and grace > 0) or meta.get("finalizers"):
            return self._mark(kind, live, int(grace))
        self._store.remove(kind.plural, meta.get("namespace", ""), asked.name)
        if options.get("propagationPolicy") != "Orphan" and not options.get("orphanDependents"):
            self._collect(meta["uid"])
        if kind.kind in SHOWN:
            return live
        about = {"name": asked.name, **({"group": kind.group} if kind.group else {}), "kind": kind.plural, "uid": meta["uid"]}
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": about}

    def _mark(self, kind: Kind, live: Object, grace: int) -> Object:
        if live["metadata"].get("deletionTimestamp"):
            return live
        end = (self._store.now() + dt.timedelta(seconds=grace)).strftime("%Y-%m-%dT%H:%M:%SZ")
        meta = {**live["metadata"], "deletionTimestamp": end, "deletionGracePeriodSeconds": grace}
        if counted(kind):
            meta["generation"] = int(meta.get("generation") or 0) + 1
        return self._store.put(kind.plural, {**live, "metadata": meta})

    def _collect(self, uid: str) -> None:
        """The garbage collector's work: what only the deleted object owned goes with it."""
        for kind in KINDS:
            for obj in self._store.all(kind.plural):
                owners = obj["metadata"].get("ownerReferences") or ()
                if owners and all(o["uid"] == uid for o in owners):
                    meta = obj["metadata"]
                    self.delete(kind, RequestInfo("delete", "", namespace=meta.get("namespace", ""), name=meta["name"]), {}, Writer("gc"))

    def _live(self, kind: Kind, asked: RequestInfo) -> Object:
        found = self._store.get(kind.plural, asked.namespace if kind.namespaced else "", asked.name)
        if found is None:
            raise not_found(kind, asked.name)
        return found

    @staticmethod
    def _uid_words(kind: Kind, asked: RequestInfo, uid: str, live: Object) -> str:
        key = "/".join(p for p in ("/registry", kind.group if kind.custom else "", kind.plural, asked.namespace, asked.name) if p)
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {live['metadata']['uid']}"
        return f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: {why}"


def _plain(obj: Object) -> Object:
    """Without what a write itself changes."""
    meta = {k: v for k, v in obj["metadata"].items() if k not in ("managedFields", "resourceVersion")}
    return {**obj, "metadata": meta}


def _normal(kind: Kind, obj: Object) -> Object:
    """A Secret's ``stringData`` becomes data; empty maps of the metadata are none."""
    empty = [k for k in ("annotations", "labels", "finalizers", "ownerReferences") if k in obj["metadata"] and not obj["metadata"][k]]
    made = {**obj, "metadata": {k: v for k, v in obj["metadata"].items() if k not in empty}}
    if kind.kind == "Secret":
        text: dict[str, str] = made.pop("stringData", None) or {}
        data = {**(made.get("data") or {}), **{k: base64.b64encode(v.encode()).decode() for k, v in text.items()}}
        for value in data.values():
            _checked(value)
        made["data"] = data
    if kind.kind in ("ConfigMap", "Secret") and not made.get("data"):
        made.pop("data", None)
    return made


def _checked(value: str) -> None:
    try:
        base64.b64decode(value, validate=True)
    except ValueError:
        raise ApiError(400, 'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0') from None

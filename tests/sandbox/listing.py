"""One object, or a list of them in pages; as Table where kubectl asks for one."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from tests.sandbox import tables
from tests.sandbox.errors import ApiError, not_found
from tests.sandbox.kinds import Kind
from tests.sandbox.request_info import RequestInfo
from tests.sandbox.selectors import matcher
from tests.sandbox.store import Store

Object = dict[str, Any]
EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue "
    "parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token "
    "results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and "
    "now may show up in the list."
)


class Lists:
    """``tokens_expire`` is how many of the next continue tokens will have expired: etcd keeps old revisions for five minutes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.tokens_expire = 0

    def one(self, kind: Kind, asked: RequestInfo, accept: str) -> Object:
        found = self._store.get(kind.plural, asked.namespace if kind.namespaced else "", asked.name)
        if found is None:
            raise not_found(kind, asked.name)
        found = {**found, "apiVersion": f"{kind.group}/{asked.version}" if kind.group else asked.version}
        return tables.table(kind, [found], {"resourceVersion": found["metadata"]["resourceVersion"]}) if tables.wanted(accept) else found

    def page(self, kind: Kind, asked: RequestInfo, query: Mapping[str, str], accept: str) -> Object:
        labels, fields = query.get("labelSelector", ""), query.get("fieldSelector", "")
        fits = matcher(labels, fields)
        found = [o for o in self._store.all(kind.plural, asked.namespace) if fits(o)]
        limit, after = int(query.get("limit") or 0), ("", "")
        version = str(self._store.version)
        if query.get("continue"):
            version, after = self._resumed(query["continue"])
        rest = [o for o in found if _key(o) > after]
        items = rest[:limit] if limit else rest
        meta: Object = {"resourceVersion": version}
        if len(items) < len(rest):
            meta["continue"] = _token(version, _key(items[-1]))
            if not labels and not fields:
                meta["remainingItemCount"] = len(rest) - len(items)
        return tables.table(kind, items, meta) if tables.wanted(accept) else _list(kind, items, meta)

    def _resumed(self, token: str) -> tuple[str, tuple[str, str]]:
        try:
            read = json.loads(base64.urlsafe_b64decode(token + "=="))
            version, after = str(read["rv"]), (str(read["start"][0]), str(read["start"][1]))
        except (ValueError, KeyError, TypeError, IndexError, binascii.Error):
            raise ApiError(400, "invalid continue token: continue key is not valid: illegal base64 data at input byte 0") from None
        if self.tokens_expire:
            self.tokens_expire -= 1
            fresh = {"resourceVersion": str(self._store.version), "continue": _token(str(self._store.version), after)}
            raise ApiError(410, EXPIRED, meta=fresh)
        return version, after


def _token(version: str, after: tuple[str, str]) -> str:
    document = {"v": "meta.k8s.io/v1", "rv": version, "start": after}
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def _key(obj: Object) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def _list(kind: Kind, items: list[Object], meta: Object) -> Object:
    """As Go writes it: the items of a built-in type have no kind of their own; an untyped list has its keys in order."""
    made = {"kind": f"{kind.kind}List", "apiVersion": kind.api_version, "metadata": meta}
    if kind.custom:
        return dict(sorted({**made, "items": items}.items()))
    return {**made, "items": [{k: v for k, v in o.items() if k not in ("kind", "apiVersion")} for o in items]}

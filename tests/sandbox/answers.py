"""What a request that may be made is answered: discovery, objects, and the subresources that are no streams."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import yaml
from aiohttp import web

from tests.sandbox import openapi, patches, pods, protobuf, protobuf_answers, watching
from tests.sandbox.backend import Backend
from tests.sandbox.errors import ApiError, nowhere
from tests.sandbox.identity import Tokens, User
from tests.sandbox.kinds import BY_PATH, GROUPS, REVIEWS, Kind, group_document, group_list, resource_list, versions
from tests.sandbox.listing import Lists
from tests.sandbox.rbac import Rights
from tests.sandbox.request_info import RequestInfo
from tests.sandbox.reviews import Reviews
from tests.sandbox.scales import scale_of
from tests.sandbox.store import Store
from tests.sandbox.writing import Writer, Writing

Object = dict[str, Any]
VERSION = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.3",
    "gitCommit": "",
    "gitTreeState": "",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "go1.26.8",
    "compiler": "gc",
    "platform": "linux/amd64",
}
METADATA_ONLY = "as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
HEALTH = ("/healthz", "/livez", "/readyz")
encode = msgspec.json.encode


class Answers:
    def __init__(self, store: Store, backend: Backend, rights: Rights, tokens: Tokens, lists: Lists) -> None:
        self._store, self._backend, self._lists = store, backend, lists
        self._reviews, self._writing = Reviews(store, rights, tokens), Writing(store)

    async def answer(self, request: web.Request, user: User, asked: RequestInfo) -> web.StreamResponse:
        """Raises ApiError."""
        if not asked.resource:
            return _document(_discovery(asked.path))
        review = REVIEWS.get((asked.group, asked.resource))
        if review is not None and asked.verb == "create":
            return _json(self._reviews.answer(review, user, await _body(request)), 201)
        kind = BY_PATH.get((asked.group, asked.version, asked.resource))
        if kind is None or (asked.subresource and asked.subresource not in kind.subresources):
            if asked.group in ("", *GROUPS):
                raise nowhere()
            return _document(None)
        if asked.verb == "watch":
            lines = (encode(event) + b"\n" async for event in watching.changes(self._store, kind, asked, request.query))
            return await _stream(request, lines, "application/json")
        if asked.subresource == "log":
            return await _stream(request, pods.log(self._store, self._backend, asked, request.query), "text/plain")
        if asked.verb in ("get", "list"):
            found = self._read(kind, asked, request)
            accepted = request.headers.get("Accept", "").partition(",")[0]
            form, _, wanted = accepted.partition(";")
            only_metadata = asked.verb == "list" and wanted == METADATA_ONLY
            if kind.plural == "secrets" and not asked.subresource and form == protobuf.CONTENT_TYPE:
                answer = protobuf_answers.secret_list if asked.verb == "list" else protobuf_answers.one_secret
                return web.Response(body=(protobuf_answers.metadata_list if only_metadata else answer)(found), content_type=form)
            return _json(_metadata(found) if only_metadata else found)
        status, made = await self._change(kind, asked, request)
        return _json(made, status)

    def _read(self, kind: Kind, asked: RequestInfo, request: web.Request) -> Object:
        accept = request.headers.get("Accept", "")
        if asked.verb == "list":
            return self._lists.page(kind, asked, request.query, accept)
        if asked.subresource == "scale":
            return scale_of(self._lists.one(kind, asked, ""))
        return self._lists.one(kind, asked, accept)

    async def _change(self, kind: Kind, asked: RequestInfo, request: web.Request) -> tuple[int, Object]:
        """The HTTP status, and the object as it is now."""
        body, query = await _body(request), request.query
        if not isinstance(body, dict) and request.content_type != patches.JSON:
            raise ApiError(
                400, f"the object provided is unrecognized (must be of type {kind.kind}): couldn't get version/kind; json parse error"
            )
        manager = (query.get("fieldManager") or request.headers.get("User-Agent", "").partition("/")[0])[:128] or "unknown"
        by = Writer(manager, "All" in query.getall("dryRun", []), query.get("force") in ("true", "1"))
        await self._backend.admit(asked.verb, kind, asked.subresource, asked.namespace, asked.name)
        if asked.verb == "create" and asked.subresource == "eviction":
            return 201, pods.evict(self._store, self._writing, asked, body, by)
        if asked.verb == "create" and asked.subresource == "token":
            return 201, self._reviews.token(asked.namespace, asked.name, body)
        if asked.verb == "create" and not asked.name:
            return 201, self._writing.create(kind, asked, body, by)
        if asked.verb == "update":
            return 200, self._writing.update(kind, asked, body, by)
        if asked.verb == "patch":
            known = self._store.get(kind.plural, asked.namespace if kind.namespaced else "", asked.name)
            applied = request.content_type == patches.APPLY and known is None
            return 201 if applied else 200, self._writing.patch(kind, asked, request.content_type, body, by)
        if asked.verb == "delete" and not asked.subresource:
            return 200, self._writing.delete(kind, asked, {**_options(query), **body}, by)
        raise ApiError(405, "the server does not allow this method on the requested resource", details={})


def _metadata(found: Object) -> Object:
    """A list's items without all that is no metadata, as Go writes it."""
    items = [{"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": o["metadata"]} for o in found["items"]]
    return {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": found["metadata"], "items": items}


def _options(query: Any) -> Object:
    made: Object = {k: query[k] for k in ("propagationPolicy",) if k in query}
    return {**made, **({"gracePeriodSeconds": int(query["gracePeriodSeconds"])} if "gracePeriodSeconds" in query else {})}


def _discovery(path: str) -> Object | str | None:
    """None where there is nothing."""
    if path in HEALTH or path.rpartition("/")[0] in HEALTH:
        return "ok"
    if path == "/version":
        return VERSION
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if path == "/apis":
        return group_list()
    if path == "/openapi/v3":
        return openapi.index()
    if path.startswith("/openapi/v3/"):
        return openapi.document(path.removeprefix("/openapi/v3/"))
    if path == "/api/v1":
        return resource_list("", "v1")
    of, _, version = path.removeprefix("/apis/").partition("/")
    if not path.startswith("/apis/") or of not in GROUPS:
        return None
    if not version:
        return group_document(of)
    return resource_list(of, version) if version in versions(of) else None


def _document(found: Object | str | None) -> web.Response:
    if found is None:
        return web.Response(status=404, text="404 page not found\n")
    return web.Response(text=found) if isinstance(found, str) else _json(found)


def _json(document: Object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=encode(document), content_type="application/json")


async def _stream(request: web.Request, chunks: AsyncIterator[bytes], content_type: str) -> web.StreamResponse:
    """An error before the first chunk is an answer of its own; the head is sent before the first chunk of a watch comes."""
    response = web.StreamResponse(headers={"Content-Type": content_type})
    first = await anext(chunks, None) if content_type == "text/plain" else b""
    await response.prepare(request)
    try:
        if first:
            await response.write(first)
        if first is not None:
            async for chunk in chunks:
                await response.write(chunk)
        await response.write_eof()
    except ConnectionError:
        pass  # the client has gone
    finally:
        await chunks.aclose()  # type: ignore[attr-defined]
    return response


async def _body(request: web.Request) -> Any:
    content = await request.read()
    if not content:
        return {}
    if request.content_type == protobuf.CONTENT_TYPE:
        return protobuf.decode(content)
    try:
        if "yaml" in request.content_type:
            return yaml.safe_load(content)
        return json.loads(content)
    except (ValueError, yaml.YAMLError) as e:
        raise ApiError(400, f"the object provided is unrecognized (must be of type Object): {e}") from None

"""Lists of objects, in pages; per namespace where cluster-wide lists are forbidden."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from kubectl_kcp.advice import GRANT
from kubectl_kcp.errors import Forbidden, KcpError, NotFound
from kubectl_kcp.knowledge.resources import CLUSTER_LABEL, NAMESPACES, SECRET_TYPE, SECRETS
from kubectl_kcp.kube import wire
from kubectl_kcp.kube.api import Api, Unauthorized, path_of
from kubectl_kcp.kube.discovery import Discovery
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.machine.parallel import in_parallel
from kubectl_kcp.model.reference import Failure, Listing, Subject
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.sources.live.decoding import decode, unexpected
from kubectl_kcp.sources.live.pages import Form, by_page, pages
from kubectl_kcp.sources.secrets import Owner, reduce, told, wanted

if TYPE_CHECKING:
    from kubectl_kcp.sources.live.facts import Facts

T = TypeVar("T")
Read = Callable[[str, dict[str, str]], Sequence[T]]
"""All items of a list, by its path and query."""


class Lister:
    """Lists of objects and of certificate Secrets of one API server. ``facts`` are of Secrets that were read before."""

    def __init__(self, api: Api, facts: Facts | None = None) -> None:
        self._api = api
        self._facts = facts
        self._discovery = Discovery(api)
        self._objects: Read[Object] = partial(pages, api, form=WHOLE)

    def objects(self, resource: Resource, namespace: str | None, selector: str) -> Listing[Object]:
        try:
            version = self._discovery.version(resource)
        except NotFound:
            return Listing(held=False)
        except KcpError as e:
            return self._missing(Subject(resource.plural), e)
        query = {"labelSelector": selector}
        return self._scoped(resource, version, namespace, query, self._objects)

    def secrets(self, namespace: str | None, selector: str) -> Listing[CertificateSecret]:
        """Those of Cluster API's type, and user-provided ones of any type by their label."""
        read = self._certificates(selector)
        typed = self._scoped(SECRETS, "v1", namespace, {"labelSelector": selector, "fieldSelector": f"type={SECRET_TYPE}"}, read)
        if typed.failures and not typed.items:
            return typed
        labelled = ",".join(s for s in (selector, CLUSTER_LABEL) if s)
        given = self._scoped(SECRETS, "v1", namespace, {"labelSelector": labelled, "fieldSelector": f"type!={SECRET_TYPE}"}, read)
        return Listing((*typed.items, *given.items), (*typed.failures, *given.failures))

    def _certificates(self, selector: str) -> Read[CertificateSecret]:
        """A cluster's own list is short, and there would be a file for each."""
        if self._facts is None or selector:
            return partial(pages, self._api, form=CERTIFICATES)
        from kubectl_kcp.sources.live import changed_only

        return partial(changed_only.read, self._api, self._facts)

    def _scoped(self, resource: Resource, version: str, namespace: str | None, query: dict[str, str], read: Read[T]) -> Listing[T]:
        subject = Subject(resource.plural, namespace or "")
        path = path_of(resource.group, version, resource.plural, namespace if resource.namespaced else None)
        try:
            return Listing(tuple(read(path, query)))
        except NotFound:
            return Listing(held=False)
        except Unauthorized:
            raise
        except Forbidden as e:
            if namespace is None and resource.namespaced:
                return self._by_namespace(resource, version, query, read, e)
            return Listing((), (Failure(subject, e.kind, str(e), GRANT),))
        except KcpError as e:
            return self._missing(subject, e)

    def _missing(self, subject: Subject, error: KcpError) -> Listing[Any]:
        """One kind that could not be read leaves the rest; an API server that never answered leaves nothing: raised."""
        if isinstance(error, Unauthorized) or not self._api.answered:
            raise error
        return Listing((), (Failure.of(subject, error),))

    def _by_namespace(self, resource: Resource, version: str, query: dict[str, str], read: Read[T], first: Forbidden) -> Listing[T]:
        """Cluster-wide is forbidden: the namespaces one by one, as far as each may be read."""
        names = [str(o["metadata"]["name"]) for o in self._namespaces()]
        items: list[T] = []
        failures: list[Failure] = []
        for name, found in in_parallel(
            names, lambda n: self._scoped(resource, version, n, query, read), resource.plural, noun="namespace", at_once=4
        ):
            if isinstance(found, KcpError):
                failures.append(Failure.of(Subject(resource.plural, name), found))
            else:
                items += found.items
                failures += found.failures
        if not items:
            return Listing((), (Failure(Subject(resource.plural), first.kind, str(first), GRANT),))
        return Listing(tuple(items), tuple(failures))

    def _namespaces(self) -> list[Object]:
        try:
            return list(self._objects(path_of("", "v1", NAMESPACES.plural, None), {}))
        except KcpError:
            return [{"metadata": {"name": self._api.login.namespace}}]


def _whole(content: bytes) -> list[Object]:
    document = decode(content)
    if not isinstance(document, dict):
        raise unexpected("a list")
    kind = str(document.get("kind") or "").removesuffix("List")
    return [{"kind": kind, **o} for o in document.get("items") or () if isinstance(o, dict)]


def _reduced(content: bytes) -> list[CertificateSecret]:
    """Bootstrap data is told by its head and dropped with its body unread."""
    if wire.is_protobuf(content):
        from kubectl_kcp.sources.live import secret_message

        return secret_message.read(content)
    from kubectl_kcp.sources.live.heads import decode_head, decode_page

    made = []
    for raw in decode_page(content).items:
        head = decode_head(raw)
        meta = head.metadata
        known = told(meta.name, meta.labels.get(CLUSTER_LABEL, ""))
        if known is None or not wanted(known[0], meta.name, (Owner(o.kind, o.name) for o in meta.ownerReferences), head.data or ()):
            continue
        secret = reduce(decode(bytes(raw)))
        if secret is not None:
            made.append(secret)
    return made


WHOLE = Form("application/json", by_page(_whole))
CERTIFICATES = Form(wire.ACCEPT, by_page(_reduced))

"""A list of certificate Secrets of which the most are known: their metadata first, then those alone that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kubectl_kcp.errors import KcpError, NotFound
from kubectl_kcp.knowledge.resources import SECRETS
from kubectl_kcp.kube import wire
from kubectl_kcp.kube.api import Api, path_of
from kubectl_kcp.machine.parallel import in_parallel
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.sources.live.facts import Fact, Facts, fact_of
from kubectl_kcp.sources.live.pages import Form, by_page, pages
from kubectl_kcp.sources.live.secret_items import METADATA, Item, item, items
from kubectl_kcp.sources.live.secret_pages import read_all

AT_ONCE = 8
FEW, SHARE = 20, 50
"""So many that changed are asked for one by one, or one of so many of the list: more cost less in a list of all."""
METADATA_PAGE = 2500
"""A fiftieth of a page of Secrets each."""
_WHOLE: Final = Form(wire.ACCEPT, read_all)


def read(api: Api, facts: Facts, path: str, query: dict[str, str]) -> list[CertificateSecret]:
    """The certificate Secrets of a list, in its order. Raises KcpError."""
    which = repr((path, sorted(query.items())))
    known = facts.of(which)
    found = _by_metadata(api, known, path, query) if known else None
    if found is None:
        found = dict(pages(api, path, query, _WHOLE))
    facts.keep(which, found)
    return [fact.secret for fact in found.values() if fact.secret is not None]


def _by_metadata(api: Api, known: Mapping[bytes, Fact], path: str, query: dict[str, str]) -> dict[bytes, Fact] | None:
    """None where a list of all is to be asked for."""

    def unknown(content: bytes) -> list[tuple[bytes, Ref | None]]:
        """A page's digests, with the names of those that are not known."""
        return [(i.digest, None if i.digest in known else i.ref()) for i in items(content)]

    listed = pages(api, path, query, Form(METADATA, by_page(unknown), METADATA_PAGE))
    changed = {digest: ref for digest, ref in listed if ref is not None}
    if len(changed) > max(FEW, len(listed) // SHARE):
        return None
    fetched = _named(api, list(changed.values()))
    if fetched is None:
        return None
    found: dict[bytes, Fact] = {}
    for digest, ref in listed:
        if ref is None:
            found[digest] = known[digest]
        elif (one := fetched[ref]) is not None:
            found[one.digest] = fact_of(one.secret())
    return found


def _named(api: Api, refs: Sequence[Ref]) -> dict[Ref, Item | None] | None:
    """Each by its name, None for one that is gone meanwhile. None at all where one cannot be had so: who may list may not get."""

    def ask(ref: Ref) -> Item | None:
        try:
            return item(api.request("GET", path_of("", "v1", SECRETS.plural, ref.namespace, ref.name), accept=wire.ACCEPT))
        except NotFound:
            return None

    answers = dict(in_parallel(refs, ask, SECRETS.plural, noun="Secret", at_once=AT_ONCE))
    made = {ref: answer for ref, answer in answers.items() if not isinstance(answer, KcpError)}
    return made if len(made) == len(answers) else None

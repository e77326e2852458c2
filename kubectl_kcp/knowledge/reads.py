"""What is read for a bundle, row by row of the table of rights, so that it can be looked at before anything is read."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kubectl_kcp.knowledge.estate import KINDS
from kubectl_kcp.knowledge.rights import Rule, all_rules

SECRETS_ROLE = "kubectl-kcp-secrets"


class Read(Struct, frozen=True):
    """``what`` is a resource with its group (``pods/log``, ``machines.cluster.x-k8s.io``) or a URL of a controller; ``selector`` is over
    labels, "" for all objects. ``role`` is the one of ``access manifest`` that grants it; ``why`` says what it is for."""

    verb: str
    what: str
    selector: str
    role: str
    why: str


def reads(command: str, with_secrets: bool) -> list[Read]:
    """In the order of the table of rights."""
    rules = ((role, rule) for role, rule in all_rules() if command in rule.commands)
    return [
        Read(verb, what, selector, role.name, rule.what)
        for role, rule in rules
        if with_secrets or role.name != SECRETS_ROLE
        for verb in rule.verbs
        for what, selector in _objects(rule)
    ]


def _objects(rule: Rule) -> Iterator[tuple[str, str]]:
    yield from ((url, "") for url in rule.urls)
    narrowed = {(k.resource.group, k.resource.plural): k.selector for k in KINDS}
    for group in rule.groups:
        for resource in rule.resources:
            yield f"{resource}.{group}" if group else resource, narrowed.get((group, resource), "")

"""The table of rights, asked of a live cluster: each right once, whatever number of commands needs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from kubectl_kcp.errors import KcpError
from kubectl_kcp.knowledge.rights import CHANGING, Role, Rule, all_commands, all_rules
from kubectl_kcp.model.reference import RIGHT, Failure, Ref, Subject
from kubectl_kcp.model.rights import AccessReport, Answer, CommandAccess, Right


class Reviewer(Protocol):
    """``sources.live.reviews.LiveReviews``."""

    def user(self) -> str | None: ...

    def account(self) -> None: ...

    def allowed(self, right: Right) -> bool: ...


def gather_access(reviewer: Reviewer, account: Ref, namespace: str = "", own_token: bool = False) -> AccessReport:
    """``namespace`` narrows what is about clusters to one; ``own_token``: no token of ``account`` has to be requested.

    Raises KcpError where nothing at all could be asked.
    """
    user = reviewer.user()
    asked = [
        (role, rule, right)
        for role, rule in all_rules()
        if not (own_token and role.namespaced)
        for right in _rights(role, rule, account, namespace)
    ]
    failures: list[Failure] = []
    found = _ask(reviewer, {r for _, _, r in asked if not r.of_account}, failures)
    found |= _of_account(reviewer, {r for _, _, r in asked if r.of_account}, found, account, failures)
    items = [
        CommandAccess(
            command,
            command in CHANGING,
            tuple(
                Answer(right, found[right], role.flag, rule.without, rule.fallback)
                for role, rule, right in asked
                if command in rule.commands
            ),
        )
        for command in all_commands()
    ]
    return AccessReport(tuple(items), user, str(account), namespace, tuple(failures))


def _rights(role: Role, rule: Rule, account: Ref, namespace: str) -> Iterator[Right]:
    """What the API server is asked for one rule."""
    for verb in rule.verbs:
        for url in rule.urls:
            yield Right(verb, url=url, of_account=role.of_account)
        for group in rule.groups:
            for resource in rule.resources:
                plural, _, sub = resource.partition("/")
                where = account.namespace if role.namespaced else namespace if rule.of_clusters else ""
                yield Right(verb, group, plural, sub, account.name if rule.names else "", where)


def _of_account(
    reviewer: Reviewer, rights: set[Right], of_user: dict[Right, bool | None], account: Ref, failures: list[Failure]
) -> dict[Right, bool | None]:
    """Nothing is known of the ServiceAccount's rights where it gives us no token; why is said once."""
    unknown: dict[Right, bool | None] = dict.fromkeys(rights)
    if any(right.subresource == "token" and allowed is not True for right, allowed in of_user.items()):
        return unknown
    try:
        reviewer.account()
    except KcpError as e:
        failures.append(Failure.of(Subject.of("ServiceAccount", account, "rights"), e))
        return unknown
    return _ask(reviewer, rights, failures)


def _ask(reviewer: Reviewer, rights: Iterable[Right], failures: list[Failure]) -> dict[Right, bool | None]:
    from kubectl_kcp.machine.parallel import in_parallel

    found: dict[Right, bool | None] = {}
    errors: list[tuple[Right, KcpError]] = []
    for right, outcome in in_parallel(sorted(rights, key=repr), reviewer.allowed, "access reviews", noun="right"):
        found[right] = None if isinstance(outcome, KcpError) else outcome
        if isinstance(outcome, KcpError):
            errors.append((right, outcome))
    if errors and len(errors) == len(found) and not errors[0][0].of_account:
        raise errors[0][1]
    failures += [Failure.of(Subject(RIGHT, name=f"{right.verb} {right.target}"), e) for right, e in errors]
    return found

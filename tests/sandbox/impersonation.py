"""Acting as somebody else: the Impersonate-* headers, and the right to them."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from multidict import CIMultiDictProxy

from tests.sandbox.errors import ApiError
from tests.sandbox.identity import ACCOUNT, ANONYMOUS, AUTHENTICATED, User, account_groups
from tests.sandbox.request_info import RequestInfo

EXTRA = "impersonate-extra-"
AUTHENTICATION = "authentication.k8s.io"


def impersonated(user: User, headers: CIMultiDictProxy[str], demand: Callable[[User, RequestInfo], None]) -> User:
    """The user to go on with. ``demand`` raises ApiError 403 for a right that ``user`` has not."""
    name, uid = headers.get("Impersonate-User", ""), headers.get("Impersonate-Uid", "")
    groups = headers.getall("Impersonate-Group", [])
    extra = {unquote(k[len(EXTRA) :]).lower(): v for k, v in headers.items() if k.lower().startswith(EXTRA)}
    if not name:
        if groups or uid or extra:
            raise ApiError(500, "Internal error occurred: requested impersonation without impersonating a user")
        return user

    def ask(resource: str, asked: str, group: str = "", sub: str = "", namespace: str = "") -> None:
        demand(user, RequestInfo("impersonate", "", group, "v1", resource, sub, namespace, asked))

    namespace, _, account = name.removeprefix(ACCOUNT).partition(":")
    if name.startswith(ACCOUNT) and account:
        ask("serviceaccounts", account, namespace=namespace)
        groups = groups or list(account_groups(namespace))
    else:
        ask("users", name)
    for group in headers.getall("Impersonate-Group", []):
        ask("groups", group)
    for key, value in extra.items():
        ask("userextras", value, AUTHENTICATION, key)
    if uid:
        ask("uids", uid, AUTHENTICATION)
    if name != ANONYMOUS.name and AUTHENTICATED not in groups:
        groups = [*groups, AUTHENTICATED]
    return User(name, tuple(groups), uid, {k: [v] for k, v in extra.items()})

"""Acting as somebody else: the Impersonate-* headers, and the right to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace  # noqa: TID251 - of a dataclass
from urllib.parse import unquote

from multidict import CIMultiDictProxy

from tests.sandbox.errors import ApiError
from tests.sandbox.identity import ACCOUNT, ANONYMOUS, AUTHENTICATED, User, account_groups
from tests.sandbox.request_info import RequestInfo

EXTRA = "impersonate-extra-"
AUTHENTICATION = "authentication.k8s.io"


def impersonated(user: User, headers: CIMultiDictProxy[str], asked: RequestInfo, allowed: Callable[[User, RequestInfo], bool]) -> User:
    """The user to go on with. Raises ApiError 403 in the words of Kubernetes 1.36, which would also take a right to this request alone."""
    name, uid = headers.get("Impersonate-User", ""), headers.get("Impersonate-Uid", "")
    groups = headers.getall("Impersonate-Group", [])
    extra = {unquote(k[len(EXTRA) :]).lower(): v for k, v in headers.items() if k.lower().startswith(EXTRA)}
    if not name:
        if groups or uid or extra:
            raise ApiError(400, f"requested groups {groups} without impersonating a user name")
        return user

    def ask(resource: str, of: str, group: str = "", sub: str = "", namespace: str = "") -> None:
        if not allowed(user, RequestInfo("impersonate", "", group, "v1", resource, sub, namespace, of)):
            mode = "serviceaccount" if resource == "serviceaccounts" else "user-info"
            tried = replace(asked, verb=f"impersonate-on:{mode}:{asked.verb}")
            raise ApiError(403, tried.forbidden(tried.cannot(user.name)), details=tried.about())

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

"""Questions about users and rights (authentication.k8s.io, authorization.k8s.io), and tokens for ServiceAccounts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from tests.sandbox.errors import invalid_body, not_found
from tests.sandbox.identity import AUDIENCE, Tokens, User
from tests.sandbox.kinds import BY_PLURAL
from tests.sandbox.rbac import Rights
from tests.sandbox.request_info import RequestInfo
from tests.sandbox.store import Store

Object = dict[str, Any]
SHORTEST, USUAL = 600, 3600
"""Seconds that a token lasts."""


class Reviews:
    def __init__(self, store: Store, rights: Rights, tokens: Tokens) -> None:
        self._store, self._rights, self._tokens = store, rights, tokens

    def answer(self, kind: str, user: User, body: Object) -> Object:
        """``kind`` is of ``kinds.REVIEWS``."""
        answers: dict[str, Callable[[User, Object], Object]] = {
            "SelfSubjectReview": lambda user, _: {"userInfo": user.info()},
            "SelfSubjectAccessReview": self._access,
            "SubjectAccessReview": lambda _, spec: self._access(_user(spec), spec),
            "TokenReview": lambda _, spec: self._token(spec),
        }
        spec = body.get("spec") or {}
        group = "authentication.k8s.io" if kind in ("SelfSubjectReview", "TokenReview") else "authorization.k8s.io"
        meta = {"creationTimestamp": self._store.now_text()} if kind == "SelfSubjectReview" else {}
        made = {"kind": kind, "apiVersion": f"{group}/v1", "metadata": meta}
        return {**made, **({"spec": spec} if spec else {}), "status": answers[kind](user, spec)}

    def _access(self, user: User, spec: Object) -> Object:
        resource, url = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
        if (resource is None) == (url is None):
            why = "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified"
            raise invalid_body("authorization.k8s.io", "", "", "spec.resourceAttributes", why)
        if resource is None:
            asked = RequestInfo(url.get("verb", ""), url.get("path", ""))
        else:
            given = {k: resource.get(k, "") for k in ("group", "version", "resource", "subresource", "namespace", "name")}
            asked = RequestInfo(resource.get("verb", ""), "", **given)
        allowed, reason = self._rights.decide(user, asked)
        return {"allowed": allowed, **({"reason": reason} if reason else {})}

    def _token(self, spec: Object) -> Object:
        audiences = spec.get("audiences") or [AUDIENCE]
        found = next((u for a in audiences if (u := self._tokens.user(spec.get("token", ""), a))), None)
        if found is None:
            return {"user": {}, "error": "invalid bearer token"}
        return {"authenticated": True, "user": found.info(), "audiences": audiences}

    def token(self, namespace: str, account: str, body: Object) -> Object:
        """TokenRequest."""
        spec = body.get("spec") or {}
        seconds = spec.get("expirationSeconds") or USUAL
        if seconds < SHORTEST:
            why = f"Invalid value: {seconds}: may not specify a duration less than 10 minutes"
            raise invalid_body("authentication.k8s.io", "TokenRequest", "", "spec.expirationSeconds", why)
        if self._store.get("serviceaccounts", namespace, account) is None:
            raise not_found(BY_PLURAL["serviceaccounts"], account)
        audiences = spec.get("audiences") or [AUDIENCE]
        end = (self._store.now() + dt.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
        made = self._tokens.issue(namespace, account, seconds, audiences)
        return {
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {"name": account, "namespace": namespace, "creationTimestamp": self._store.now_text()},
            "spec": {"audiences": audiences, "expirationSeconds": seconds, "boundObjectRef": spec.get("boundObjectRef")},
            "status": {"token": made, "expirationTimestamp": end},
        }


def _user(spec: Object) -> User:
    return User(spec.get("user") or "", tuple(spec.get("groups") or ()), spec.get("uid") or "", spec.get("extra") or {})

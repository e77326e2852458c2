"""Access reviews: what a user, or the ServiceAccount for diagnostics, may do. They are asked by their own subject, so that
nobody needs a right over others."""

from __future__ import annotations

from typing import Any

from kubectl_kcp.errors import BadInput, Forbidden, KcpError, NotFound
from kubectl_kcp.kube.api import Api
from kubectl_kcp.model.rights import Right
from kubectl_kcp.sources.live.diagnostics import Tokens

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
USER = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


class LiveReviews:
    """``tokens`` are the ServiceAccount's."""

    def __init__(self, api: Api, tokens: Tokens) -> None:
        self._api, self._tokens = api, tokens
        self._account_api: Api | None = None

    def user(self) -> str | None:
        """The name that the API server knows the user by; None before Kubernetes 1.28."""
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        try:
            return str(self._api.send("POST", USER, body)["status"]["userInfo"]["username"])
        except (NotFound, Forbidden, KeyError, TypeError):
            return None

    def account(self) -> None:
        """Becomes able to ask for the ServiceAccount. Raises Forbidden, NotFound with the line that cures it."""
        token = self._tokens.get()
        self._account_api = Api(self._api.login.with_token(token), self._api.timeout or 0.0)

    def allowed(self, right: Right) -> bool:
        """Raises KcpError where the API server does not answer it."""
        api = self._account_api if right.of_account else self._api
        if api is None:
            raise KcpError("not asked: there is no token of the ServiceAccount")
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": _spec(right)}
        try:
            return api.send("POST", REVIEWS, body)["status"]["allowed"] is True
        except (KeyError, TypeError):
            raise BadInput("the API server's access review holds no answer") from None


def _spec(right: Right) -> dict[str, Any]:
    if right.url:
        return {"nonResourceAttributes": {"path": right.url, "verb": right.verb}}
    named = {"namespace": right.namespace, "name": right.name, "subresource": right.subresource}
    given = {k: v for k, v in named.items() if v}
    return {"resourceAttributes": {"verb": right.verb, "group": right.group, "resource": right.resource, **given}}

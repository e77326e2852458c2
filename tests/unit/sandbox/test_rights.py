"""Who asks, and Kubernetes' words for what they may not."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.running import Running, pod

JANE = ("jane", ("ops",))
SECRETS = "/api/v1/namespaces/a/secrets"


def grant(api: Running, rules: list[object], subject: dict[str, str], namespace: str = "") -> None:
    """A ClusterRole, bound in one namespace or in all."""
    api.put("clusterroles", {"metadata": {"name": "r"}, "rules": rules})
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "r"}
    meta = {"name": "r", **({"namespace": namespace} if namespace else {})}
    api.put("rolebindings" if namespace else "clusterrolebindings", {"metadata": meta, "subjects": [subject], "roleRef": role})


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/api/v1/secrets", 'secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" at the cluster scope'),
        (SECRETS, 'secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "a"'),
        (
            "/apis/apps/v1/namespaces/a/deployments/d",
            'deployments.apps "d" is forbidden: User "jane" cannot get resource "deployments" in API group "apps" in the namespace "a"',
        ),
        (
            "/api/v1/namespaces/a/pods/p/log",
            'pods "p" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "a"',
        ),
        ("/metrics", 'forbidden: User "jane" cannot get path "/metrics"'),
        ("/api/v1/nodes?watch=true", 'nodes is forbidden: User "jane" cannot watch resource "nodes" in API group "" at the cluster scope'),
    ],
)
def test_words_of_403(api: Running, path: str, words: str) -> None:
    answer = api.ask("GET", path, user=JANE)
    assert (answer.status, answer.json["message"], answer.json["reason"]) == (403, words, "Forbidden")


@pytest.mark.parametrize(
    ("subject", "namespace", "allowed"),
    [
        ({"kind": "User", "name": "jane"}, "", True),
        ({"kind": "Group", "name": "ops"}, "a", True),
        ({"kind": "Group", "name": "ops"}, "b", False),
        ({"kind": "Group", "name": "system:authenticated"}, "", True),
        ({"kind": "ServiceAccount", "name": "jane", "namespace": "a"}, "", False),
    ],
)
def test_subjects(api: Running, subject: dict[str, str], namespace: str, allowed: bool) -> None:
    grant(api, [{"verbs": ["list"], "apiGroups": [""], "resources": ["secrets"]}], subject, namespace)
    assert api.ask("GET", SECRETS, user=JANE).status == (200 if allowed else 403)


@pytest.mark.parametrize(
    ("rule", "path", "status"),
    [
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}, "/api/v1/namespaces/a/pods/p/log", 403),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods/log"]}, "/api/v1/namespaces/a/pods/p/log", 200),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["*/log"]}, "/api/v1/namespaces/a/pods/p/log", 200),
        ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, "/api/v1/namespaces/a/pods/p/log", 200),
        ({"verbs": ["get"], "apiGroups": ["apps"], "resources": ["pods"]}, "/api/v1/namespaces/a/pods/p", 403),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["q"]}, "/api/v1/namespaces/a/pods/p", 403),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["p"]}, "/api/v1/namespaces/a/pods/p", 200),
        (
            {"verbs": ["list"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["p"]},
            "/api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dp",
            200,
        ),
        ({"verbs": ["get"], "nonResourceURLs": ["/debug/*"]}, "/debug/pprof", 404),
        ({"verbs": ["get"], "nonResourceURLs": ["/debug"]}, "/debug/pprof", 403),
    ],
)
def test_rules(api: Running, rule: dict[str, object], path: str, status: int) -> None:
    api.put("pods", pod())
    grant(api, [rule], {"kind": "User", "name": "jane"})
    assert api.ask("GET", path, user=JANE).status == status


def test_a_binding_without_its_role_is_named(api: Running) -> None:
    role = {"kind": "ClusterRole", "name": "gone"}
    api.put("clusterrolebindings", {"metadata": {"name": "x"}, "subjects": [{"kind": "User", "name": "jane"}], "roleRef": role})
    words = api.get(SECRETS, user=JANE)["message"]
    assert words.endswith('in the namespace "a": RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found')


def test_nobody(api: Running) -> None:
    assert api.ask("GET", "/version", user=None).json["gitVersion"].startswith("v1.")
    assert 'User "system:anonymous" cannot list' in api.get(SECRETS, user=None)["message"]


def test_a_token_is_its_account_until_it_ends(api: Running) -> None:
    api.put("serviceaccounts", {"metadata": {"name": "sa", "namespace": "a"}})
    grant(
        api, [{"verbs": ["list"], "apiGroups": [""], "resources": ["secrets"]}], {"kind": "ServiceAccount", "name": "sa", "namespace": "a"}
    )
    asked = {"spec": {"expirationSeconds": 600}}
    token = api.ask("POST", "/api/v1/namespaces/a/serviceaccounts/sa/token", asked).json["status"]["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert api.ask("GET", SECRETS, user=None, headers=bearer).status == 200
    api.server.clock_offset = 601
    assert api.ask("GET", SECRETS, user=None, headers=bearer).json["message"] == "Unauthorized"
    api.server.clock_offset = 0
    api.loop.call(api.server.tokens_end)
    assert api.ask("GET", SECRETS, user=None, headers=bearer).status == 401


def test_a_token_of_another_audience_is_none_here(api: Running) -> None:
    api.put("serviceaccounts", {"metadata": {"name": "sa", "namespace": "a"}})
    made = api.ask("POST", "/api/v1/namespaces/a/serviceaccounts/sa/token", {"spec": {"audiences": ["vault"]}}).json
    assert api.server.reviewed(made["status"]["token"]) is None


def test_a_token_lasts_ten_minutes_at_least(api: Running) -> None:
    api.put("serviceaccounts", {"metadata": {"name": "sa", "namespace": "a"}})
    answer = api.ask("POST", "/api/v1/namespaces/a/serviceaccounts/sa/token", {"spec": {"expirationSeconds": 60}})
    assert answer.status == 422
    assert "may not specify a duration less than 10 minutes" in answer.json["message"]


def test_impersonation_needs_its_right(api: Running) -> None:
    headers = {"Impersonate-User": "bob", "Impersonate-Group": "dev"}
    answer = api.ask("GET", SECRETS, user=JANE, headers=headers)
    assert answer.json["message"] == (
        'secrets is forbidden: User "jane" cannot impersonate-on:user-info:list resource "secrets" in API group "" in the namespace "a"'
    )
    review = api.ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, headers=headers).json
    assert review["status"]["userInfo"] == {"username": "bob", "groups": ["dev", "system:authenticated"]}


def test_access_reviews(api: Running) -> None:
    grant(api, [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}], {"kind": "User", "name": "jane"}, "a")
    asked = {"verb": "get", "resource": "pods", "namespace": "a"}
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    own = api.ask("POST", path, {"spec": {"resourceAttributes": asked}}, user=JANE).json["status"]
    other = api.ask("POST", path, {"spec": {"resourceAttributes": {**asked, "namespace": "b"}}}, user=JANE).json["status"]
    assert (own["allowed"], other["allowed"]) == (True, False)
    spec = {"user": "jane", "nonResourceAttributes": {"verb": "get", "path": "/metrics"}}
    assert api.ask("POST", path.replace("self", ""), {"spec": spec}).json["status"]["allowed"] is False


def test_an_expired_client_certificate_is_unauthorized(api: Running) -> None:
    assert api.ask("GET", SECRETS).status == 200
    api.server.clock_offset = 400 * 86400
    assert api.ask("GET", SECRETS).status == 401

"""Lists, pages and writes, as kube-apiserver answers them."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.sandbox.errors import ApiError
from tests.sandbox.faults import Faults
from tests.unit.sandbox.running import Running, deployment, pod

MAPS = "/api/v1/namespaces/a/configmaps"
DEPLOYMENT = "/apis/apps/v1/namespaces/a/deployments/d"
STRATEGIC, MERGE, JSON = (f"application/{kind}+json" for kind in ("strategic-merge-patch", "merge-patch", "json-patch"))
APPLY = "application/apply-patch+yaml"


def maps(count: int) -> list[dict[str, Any]]:
    return [{"metadata": {"name": f"c{i}", "namespace": "a", "labels": {"odd": str(i % 2)}}, "data": {"i": str(i)}} for i in range(count)]


def names(listed: dict[str, Any]) -> list[str]:
    return [o["metadata"]["name"] for o in listed["items"]]


def test_pages(api: Running) -> None:
    api.put("configmaps", *maps(5))
    first = api.get(f"{MAPS}?limit=2")
    assert (names(first), first["metadata"]["remainingItemCount"]) == (["c0", "c1"], 3)
    second = api.get(f"{MAPS}?limit=2&continue={first['metadata']['continue']}")
    last = api.get(f"{MAPS}?limit=2&continue={second['metadata']['continue']}")
    assert (names(second), names(last), "continue" in last["metadata"]) == (["c2", "c3"], ["c4"], False)


def test_a_page_whose_token_expired(api: Running) -> None:
    api.put("configmaps", *maps(3))
    token = api.get(f"{MAPS}?limit=2")["metadata"]["continue"]
    Faults(api.server).pages_expire()
    answer = api.ask("GET", f"{MAPS}?limit=2&continue={token}")
    assert (answer.status, answer.json["reason"]) == (410, "Expired")
    assert answer.json["message"].startswith("The provided continue parameter is too old to display a consistent list result.")
    assert names(api.get(f"{MAPS}?limit=2&continue={answer.json['metadata']['continue']}")) == ["c2"]


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("labelSelector=odd%3D1", ["c1"]),
        ("labelSelector=odd+in+(0)", ["c0", "c2"]),
        ("labelSelector=!odd", []),
        ("fieldSelector=metadata.name%3Dc2", ["c2"]),
        ("fieldSelector=metadata.name!%3Dc2", ["c0", "c1"]),
    ],
)
def test_selectors(api: Running, selector: str, found: list[str]) -> None:
    api.put("configmaps", *maps(3))
    assert names(api.get(f"{MAPS}?{selector}")) == found


def test_items_of_a_custom_resource_have_a_kind_and_built_in_ones_have_none(api: Running) -> None:
    api.put("configmaps", *maps(1))
    api.put("clusters", {"metadata": {"name": "x", "namespace": "a"}, "spec": {}})
    assert "kind" not in api.get(MAPS)["items"][0]
    clusters = api.get("/apis/cluster.x-k8s.io/v1beta2/clusters")
    assert (clusters["items"][0]["kind"], list(clusters)) == ("Cluster", ["apiVersion", "items", "kind", "metadata"])


@pytest.mark.parametrize(
    ("method", "where", "body", "status", "words"),
    [
        ("GET", f"{MAPS}/x", None, 404, 'configmaps "x" not found'),
        ("GET", "/apis/apps/v1/namespaces/a/deployments/x", None, 404, 'deployments.apps "x" not found'),
        ("POST", MAPS, {"metadata": {"name": "c0"}}, 409, 'configmaps "c0" already exists'),
        ("POST", "/api/v1/namespaces/z/configmaps", {"metadata": {"name": "c0"}}, 404, 'namespaces "z" not found'),
        ("DELETE", f"{MAPS}/x", None, 404, 'configmaps "x" not found'),
    ],
)
def test_words(api: Running, method: str, where: str, body: object, status: int, words: str) -> None:
    api.put("configmaps", *maps(1))
    answer = api.ask(method, where, body)
    assert (answer.status, answer.json["message"]) == (status, words)


def test_an_update_of_an_old_version_is_a_conflict(api: Running) -> None:
    api.put("configmaps", *maps(1))
    old = api.get(f"{MAPS}/c0")
    assert api.ask("PUT", f"{MAPS}/c0", {**old, "data": {"i": "x"}}).status == 200
    answer = api.ask("PUT", f"{MAPS}/c0", {**old, "data": {"i": "y"}})
    assert (answer.status, answer.json["message"]) == (
        409,
        (
            'Operation cannot be fulfilled on configmaps "c0": the object has been modified; please apply your changes to the latest '
            "version and try again"
        ),
    )
    patch = {"metadata": {"resourceVersion": old["metadata"]["resourceVersion"]}, "data": {"i": "y"}}
    assert api.ask("PATCH", f"{MAPS}/c0", patch, content=MERGE).status == 409
    other = {"metadata": {"uid": "other"}, "data": {"i": "y"}}
    assert api.ask("PATCH", f"{MAPS}/c0", other, content=MERGE).json["message"] == (
        'ConfigMap "c0" is invalid: metadata.uid: Invalid value: "other": field is immutable'
    )


def test_a_json_patch_whose_test_fails_changes_nothing(api: Running) -> None:
    api.put("leases", {"metadata": {"name": "l", "namespace": "a"}, "spec": {"holderIdentity": "x"}})
    where = "/apis/coordination.k8s.io/v1/namespaces/a/leases/l"
    replace = {"op": "replace", "path": "/spec/holderIdentity", "value": ""}
    refused = api.ask("PATCH", where, [{"op": "test", "path": "/spec/holderIdentity", "value": "y"}, replace], content=JSON)
    assert (refused.status, refused.json["reason"]) == (422, "Invalid")
    assert api.get(where)["spec"]["holderIdentity"] == "x"
    done = api.ask("PATCH", where, [{"op": "test", "path": "/spec/holderIdentity", "value": "x"}, replace], content=JSON)
    assert done.json["spec"]["holderIdentity"] == ""


def test_a_strategic_merge_goes_by_keys_and_moves_the_generation(api: Running) -> None:
    api.put("deployments", deployment())
    containers = [{"name": "side", "image": "s"}, {"name": "main", "args": ["-v"]}]
    made = api.ask("PATCH", DEPLOYMENT, {"spec": {"template": {"spec": {"containers": containers}}}}, content=STRATEGIC).json
    assert made["spec"]["template"]["spec"]["containers"] == [
        {"name": "main", "image": "i", "args": ["-v"]},
        {"name": "side", "image": "s"},
    ]
    assert made["metadata"]["generation"] == 2
    api.put("clusters", {"metadata": {"name": "x", "namespace": "a"}, "spec": {}})
    assert api.ask("PATCH", "/apis/cluster.x-k8s.io/v1beta2/namespaces/a/clusters/x", {}, content=STRATEGIC).status == 415


def test_a_status_is_written_by_its_subresource_only(api: Running) -> None:
    api.put("deployments", deployment())
    patch = {"spec": {"replicas": 3}, "status": {"replicas": 7}}
    main = api.ask("PATCH", DEPLOYMENT, patch, content=MERGE).json
    assert (main["spec"]["replicas"], main["status"]["replicas"]) == (3, 1)
    status = api.ask("PATCH", f"{DEPLOYMENT}/status", {"spec": {"replicas": 9}, "status": {"replicas": 7}}, content=MERGE).json
    assert (status["spec"]["replicas"], status["status"]["replicas"], status["metadata"]["generation"]) == (3, 7, 2)


def test_a_scale(api: Running) -> None:
    api.put("deployments", deployment())
    scale = api.get(f"{DEPLOYMENT}/scale")
    assert (scale["spec"]["replicas"], scale["status"]["selector"]) == (1, "app=d")
    assert api.ask("PUT", f"{DEPLOYMENT}/scale", {**scale, "spec": {"replicas": 2}}).json["spec"]["replicas"] == 2
    assert api.get(DEPLOYMENT)["spec"]["replicas"] == 2


def owners(obj: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(e["manager"], e["operation"]): e for e in obj["metadata"]["managedFields"]}


def test_a_field_belongs_to_who_changed_it_last(api: Running) -> None:
    """An unchanged value keeps its owner and its time."""
    secrets = "/api/v1/namespaces/a/secrets"
    api.server.clock_offset = -120
    api.ask(
        "POST", secrets, {"metadata": {"name": "s"}, "data": {"tls.crt": "YQ==", "tls.key": "Yg=="}}, headers={"User-Agent": "manager/v1"}
    )
    api.server.clock_offset = 0
    same = api.ask("PATCH", f"{secrets}/s", {"data": {"tls.crt": "YQ=="}}, content=MERGE, headers={"User-Agent": "kubectl/v1"}).json
    assert owners(same).keys() == {("manager", "Update")}
    url = f"{secrets}/s?fieldManager=kubectl-patch"
    made = owners(api.ask("PATCH", url, {"data": {"tls.crt": "Yw=="}}, content=MERGE).json)
    assert made["kubectl-patch", "Update"]["fieldsV1"] == {"f:data": {"f:tls.crt": {}}}
    assert made["manager", "Update"]["fieldsV1"]["f:data"] == {".": {}, "f:tls.key": {}}
    assert made["manager", "Update"]["time"] < made["kubectl-patch", "Update"]["time"]


def test_server_side_apply(api: Running) -> None:
    wanted = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "a"}}
    where = f"{MAPS}/c?fieldManager=one"
    assert api.ask("PATCH", where, {**wanted, "data": {"x": "1", "y": "1"}}, content=APPLY).status == 201
    again = api.ask("PATCH", where, {**wanted, "data": {"x": "1"}}, content=APPLY)
    assert (again.status, again.json["data"]) == (200, {"x": "1"})
    other = f"{MAPS}/c?fieldManager=two"
    refused = api.ask("PATCH", other, {**wanted, "data": {"x": "2"}}, content=APPLY)
    assert (refused.status, refused.json["message"]) == (409, 'Apply failed with 1 conflict: conflict with "one": .data.x')
    forced = api.ask("PATCH", f"{other}&force=true", {**wanted, "data": {"x": "2"}}, content=APPLY).json
    assert (forced["data"], owners(forced).keys()) == ({"x": "2"}, {("two", "Apply")})


def test_a_pod_ends_after_its_grace(api: Running) -> None:
    api.put("pods", pod())
    marked = api.ask("DELETE", "/api/v1/namespaces/a/pods/p").json
    assert marked["metadata"]["deletionGracePeriodSeconds"] == 5
    assert api.get("/api/v1/namespaces/a/pods/p")["metadata"]["deletionTimestamp"]
    assert api.ask("DELETE", "/api/v1/namespaces/a/pods/p?gracePeriodSeconds=0").status == 200
    assert api.ask("GET", "/api/v1/namespaces/a/pods/p").status == 404


def test_what_is_owned_goes_with_its_owner(api: Running) -> None:
    api.put("deployments", deployment())
    uid = api.get(DEPLOYMENT)["metadata"]["uid"]
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d", "uid": uid}
    api.put("configmaps", {"metadata": {"name": "c", "namespace": "a", "ownerReferences": [reference]}})
    assert api.ask("DELETE", DEPLOYMENT).status == 200
    assert api.ask("GET", f"{MAPS}/c").status == 404


def test_admission_refuses(api: Running) -> None:
    words = 'admission webhook "w" denied the request: not now'
    api.machines.refuse["create"] = ApiError(403, words)
    answer = api.ask("POST", MAPS, {"metadata": {"name": "c"}})
    assert (answer.status, answer.json["message"]) == (403, words)


def test_the_clock_can_be_off(api: Running) -> None:
    true = parsedate_to_datetime(api.ask("GET", "/version").headers["Date"])
    api.server.clock_offset = 7200
    assert 7190 < (parsedate_to_datetime(api.ask("GET", "/version").headers["Date"]) - true).total_seconds() < 7290


def test_dry_runs_change_nothing(api: Running) -> None:
    assert api.ask("POST", f"{MAPS}?dryRun=All", {"metadata": {"name": "c"}}).status == 201
    assert api.ask("GET", f"{MAPS}/c").status == 404

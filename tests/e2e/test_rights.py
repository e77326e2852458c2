"""Each documented right taken away in turn, by real RBAC: the message names it and its cure, and the rest is shown.

Every case has a user, roles and a ServiceAccount of its own: a controller remembers what it has refused.
"""

from __future__ import annotations

import json

import pytest

from kubectl_kcp.knowledge.rights import CHANGING, Role, Rule, all_rules
from tests.e2e.target import Target
from tests.e2e.tool import Tool
from tests.e2e.world import World, name_of, target_of

COMMANDS = {
    "certs status": "certs status -A",
    "certs inspect": "certs inspect real/w1",
    "certs credentials": "certs credentials -A",
    "certs rotation": "certs rotation w1 -n real",
    "profile": "profile heap",
    "top": "top --window 1s",
    "cache": "cache -A",
    "bundle": "bundle right.tar.gz --seconds 1 --force",
    "etcd status": "etcd status w1 -n real",
    "etcd members": "etcd members w1 -n real",
    "log-level show": "log-level show",
    "doctor": "doctor -A --window 1s",
}
CASES = [(role, rule) for role, rule in all_rules() if role.flag in ("", "--with-secrets")]
SELDOM = {  # rights that a healthy cluster with tagged images does not call for, and who notices all the same
    "list-providers": {"bundle"},
    "list-namespaces": set(),
    "list-certificates": set(),  # cert-manager's, which is not installed
    "get-pods-log": {"bundle", "log-level show"},
    "get-secrets": {"certs rotation", "etcd status", "etcd members"},
}


@pytest.fixture(scope="module", autouse=True)
def two(target: Target) -> None:
    target.scale(2)
    target.workload.wait_healthy()


def test_with_every_right_all_is_read(target: Target, tool: Tool) -> None:
    world = World(target, tool, "all")
    for words in COMMANDS.values():
        world.run(words).exits(0)


@pytest.mark.parametrize(("role", "rule"), CASES, ids=[name_of(rule) for _, rule in CASES])
def test_without_one_right(target: Target, tool: Tool, role: Role, rule: Rule) -> None:
    world = World(target, tool, name_of(rule), role, rule)
    noticing = SELDOM.get(name_of(rule), set(rule.commands)) - CHANGING
    if not noticing:
        world.run(COMMANDS["certs status"]).exits(0)
    for command in sorted(noticing):
        ran = world.run(COMMANDS[command]).exits(3, 4)
        assert any(verb in ran.err for verb in rule.verbs), ran.err
        assert target_of(rule).rstrip("*") in ran.err, ran.err
        assert any(f"{tool.called} access {cure}" in ran.err for cure in ("check", "manifest")), ran.err
        if command == "certs status" and target_of(rule) != "clusters":
            assert "w1" in ran.out


@pytest.mark.parametrize(("role", "rule"), CASES, ids=[name_of(rule) for _, rule in CASES])
def test_the_check_names_the_missing_right(target: Target, tool: Tool, role: Role, rule: Rule) -> None:
    ran = World(target, tool, f"check-{name_of(rule)}", role, rule).run("access check -o json")
    items = [item for item in ran.json["items"] if not item["changes"]]
    missing = {(m["verb"], m["url"] or m["resource"]) for item in items for m in item["missing"]}
    lacking = {item["command"] for item in items if item["missing"]}
    if rule.fallback:  # wanted only where a list of all namespaces is refused
        assert missing == set()
        return
    assert missing == {(verb, of) for verb in rule.verbs for of in (*rule.urls, *rule.resources)}
    assert lacking == set(rule.commands) - CHANGING
    ran.exits(3)
    assert f"--subject User:user-check-{name_of(rule)}" in ran.json["cures"][0]["line"]
    assert (role.flag in ran.json["cures"][0]["line"]) is True


def test_without_secrets_machines_and_conditions_are_shown(target: Target, tool: Tool) -> None:
    target.client.apply_documents(tool.run("access", "manifest", "--subject", "User:plain").ok().out)
    ran = tool.as_user(target.user("plain")).run("certs", "status", "-A", "-o", "json").exits(3)
    assert len(ran.json["items"]) == 4
    for item in ran.json["items"]:
        assert [c["kind"] for c in item["certificates"] if c.get("notAfter")] == ["apiserver"]
    assert ["secrets" in error["subject"] and "access check" in error["hint"] for error in ran.json["errors"]] == [True]


def test_commands_that_read_create_nothing(target: Target, tool: Tool) -> None:
    """What the controllers themselves renew meanwhile (Leases, Events, status) left aside."""
    world = World(target, tool, "nothing")
    before = everything(target)
    for words in COMMANDS.values():
        world.run(words).exits(0)
    assert everything(target) == before


WATCHED = (
    "/api/v1/namespaces",
    "/api/v1/serviceaccounts",
    "/api/v1/secrets",
    "/api/v1/configmaps",
    "/api/v1/pods",
    "/api/v1/nodes",
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/replicasets",
    *(f"/apis/rbac.authorization.k8s.io/v1/{kind}" for kind in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")),
    *(f"/apis/cluster.x-k8s.io/v1beta2/{kind}" for kind in ("clusters", "machines")),
    "/apis/controlplane.cluster.x-k8s.io/v1beta2/kubeadmcontrolplanes",
)


def everything(target: Target) -> dict[str, str]:
    """Each object's content by UID, without what goes with its status."""
    found = {}
    for path in WATCHED:
        for item in target.client.items(path):
            meta = {k: v for k, v in item["metadata"].items() if k not in ("managedFields", "resourceVersion")}
            found[f"{path} {meta['uid']}"] = json.dumps({**item, "metadata": meta, "status": None}, sort_keys=True)
    return found

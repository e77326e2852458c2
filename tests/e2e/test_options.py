"""Options that nothing else in this suite types, each with what it changes. The target is not changed."""

from __future__ import annotations

import sys

import pytest

from tests.e2e.target import Target
from tests.e2e.test_etcd_shell import ASK
from tests.e2e.tool import Tool

GROUP = "e2e-options"
W1 = ("w1", "-n", "real")


@pytest.fixture(scope="module", autouse=True)
def healthy(target: Target) -> None:
    target.workload.wait_healthy()


def test_a_group_to_be_impersonated_brings_its_rights(target: Target, tool: Tool) -> None:
    target.client.apply_documents(tool.run("access", "manifest", "--with-secrets", "--subject", f"Group:{GROUP}").ok().out)
    nobody = ("--as", "nobody", "-o", "json")
    tool.run("certs", "status", "-A", *nobody, "--as-group", "another", "--as-group", GROUP).ok()
    assert "access check prints the line that grants it" in tool.run("certs", "status", "-A", *nobody, "--as-group", "another").exits(3).out


def test_a_plan_says_what_is_left_to_the_lease_and_the_webhooks(tool: Tool) -> None:
    plan = ("certs", "flush", *W1, "--restart-leader", "--force", "--dry-run")
    assert "holderIdentity is emptied" in " ".join(tool.run(*plan).ok().out.split())
    assert "holderIdentity" not in tool.run(*plan, "--no-release-lease").ok().out
    assert "holderIdentity is emptied" in " ".join(tool.run(*plan, "--release-lease", "--accept-webhook-gap").ok().out.split())


def test_etcd_asked_at_one_member_and_at_all(tool: Tool) -> None:
    (status,) = tool.run("etcd", "status", *W1, "--all-members", "-o", "json").ok().json["items"]
    assert status["reached"]
    name = status["members"][0]["name"]
    ran = tool.run("etcd", "shell", *W1, "--member", name, "--reason", "e2e", "--", sys.executable, "-c", ASK).ok()
    assert "etcdserver" in ran.out
    assert "another" in tool.run("etcd", "shell", *W1, "--member", "another", "--reason", "e2e", "--", "true").exits(2, 4).err


def test_a_log_level_that_is_planned_and_one_whose_log_is_not_waited_for(tool: Tool) -> None:
    before = tool.run("log-level", "show", "-o", "json").ok().json["items"]
    tool.run("log-level", "set", "4", "--controller", "kbp", "--dry-run", "--wait", "0").ok()
    assert tool.run("log-level", "show", "-o", "json").ok().json["items"] == before

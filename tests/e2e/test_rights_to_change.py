"""Each right to change something taken away in turn: what is refused is refused before anything is touched, and says its cure."""

from __future__ import annotations

import sys

import pytest

from kubectl_kcp.knowledge.rights import ETCD_SHELL, FLUSH, LOG_LEVEL, ROLES, Rule
from tests.e2e.leading import settled
from tests.e2e.target import Target
from tests.e2e.tool import Tool
from tests.e2e.world import World, name_of, target_of

REGENERATE = "certs regenerate w1 -n real --restart-leader --force --yes"
FLAGS = ("--with-secrets", "--with-flush", "--with-etcd-shell", "--with-log-level")
WITHOUT_PROOF = {"kubeadmcontrolplanes"}
SLOWER = {"nodes": "may not be read", "patch-leases": "may not be freed"}
"""Where the flush goes on, and the Lease ends by itself."""


def without(target: Target, tool: Tool, rule: Rule) -> World:
    """With no other role that changes something: two of them may write Events."""
    role = next(role for role in ROLES if rule in role.rules)
    return World(target, tool, f"change-{role.flag.strip('-')}-{name_of(rule)}", role, rule, ("--with-secrets", role.flag))


def _case(rule: Rule) -> object:
    slow = target_of(rule) in SLOWER or name_of(rule) in SLOWER
    return pytest.param(rule, id=name_of(rule), marks=pytest.mark.long if slow else ())


@pytest.mark.parametrize("rule", [_case(rule) for rule in FLUSH])
def test_a_flush_without_one_right(target: Target, tool: Tool, rule: Rule) -> None:
    target.scale(1 if name_of(rule) == "patch-deployments" else 2)
    before, world = settled(target), without(target, tool, rule)
    ran = world.run(REGENERATE)
    slower = SLOWER.get(target_of(rule)) or SLOWER.get(name_of(rule))
    if slower:
        assert slower in ran.exits(0).err
    else:
        ran.exits(4)
        assert any(verb in ran.err for verb in rule.verbs), ran.err
        assert f"{tool.called} access check" in ran.err
    assert target_of(rule) in ran.err, ran.err
    if target_of(rule) in WITHOUT_PROOF or slower:
        assert settled(target) != before
    else:
        assert target.leader() == before
        assert "evicted" not in ran.err.partition("no leader for")[2]


def test_a_flush_without_any_right(target: Target, tool: Tool) -> None:
    ran = tool.as_user(target.user("nobody")).run(*REGENERATE.split()).exits(4)
    assert "clusters.cluster.x-k8s.io is forbidden" in ran.err
    assert f"{tool.called} access check" in ran.err


def test_a_shell_without_the_right_to_say_so(target: Target, tool: Tool) -> None:
    [rule] = ETCD_SHELL
    world = without(target, tool, rule)
    ran = world.run(f"etcd shell w1 -n real --reason e2e -- {sys.executable} -V").exits(3)
    assert "Python" not in ran.out
    assert "events" in ran.err
    assert "access check prints the line" in ran.err


@pytest.mark.parametrize("command", ["log-level set 4 --yes", "log-level reset --yes"])
def test_a_log_level_without_its_right(target: Target, tool: Tool, command: str) -> None:
    [rule] = LOG_LEVEL
    world = without(target, tool, rule)
    ran = world.run(command).exits(3, 4)
    assert "may not put /debug/flags/v" in ran.err
    assert f"{tool.called} access manifest --with-log-level" in ran.err


def test_with_every_right_all_is_changed(target: Target, tool: Tool) -> None:
    target.scale(2)
    before = settled(target)
    world = World(target, tool, "change-all", flags=FLAGS)
    assert "EtcdClusterHealthy=True" in world.run(f"{REGENERATE} --nudge").ok().out
    assert settled(target) != before
    assert "Python" in world.run(f"etcd shell w1 -n real --reason e2e -- {sys.executable} -V").ok().out
    world.run("log-level set 4 --yes").ok()
    world.run("log-level reset --yes").ok()

"""``access check`` against a server that answers reviews: what is missing, what it costs, and the line that cures it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from kubectl_kcp.cli.default_group import DefaultGroup
from kubectl_kcp.cli.main import root, run
from kubectl_kcp.errors import ExitCode
from kubectl_kcp.knowledge.rights import CHANGING, ROLES, Rule, all_commands, all_rules
from tests.schema import validate
from tests.unit.reviewing import ACCOUNT, USER, Reviews, reviewing

Check = Callable[..., tuple[int, str, str]]


@pytest.fixture
def server() -> Iterator[Reviews]:
    with reviewing(Reviews()) as made:
        yield made


@pytest.fixture
def check(server: Reviews, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Check:
    """Runs ``access check ARGS``: exit code, stdout, stderr."""
    monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path)))

    def typed(*args: str) -> tuple[int, str, str]:
        code = run(["access", "check", *args], "kubectl kcp")
        return code, *capsys.readouterr()

    return typed


def items(text: str) -> dict[str, dict[str, Any]]:
    document = json.loads(text)
    validate(document, "access")
    return {i["command"]: i for i in document["items"]}


def all_but(*denied: tuple[str, str]) -> Callable[[str, str, str], bool]:
    return lambda who, verb, what: (verb, what) not in denied


def test_everything_is_there(check: Check) -> None:
    code, out, err = check()
    assert (code, err) == (ExitCode.OK, "")
    lines = out.splitlines()
    assert lines[0].split() == ["COMMAND", "RIGHTS", "MISSING"]
    assert [line.split("  ")[0] for line in lines[1:]] == all_commands()
    assert "manifest" not in out


def test_without_the_secrets_role(check: Check, server: Reviews) -> None:
    server.allowed = lambda who, verb, what: what != "secrets"
    code, out, _ = check()
    assert code == ExitCode.INCOMPLETE
    assert "certs status       missing      list,get secrets\n" in out
    assert "etcd status        missing      get secrets\n" in out
    assert "top                ok           -\n" in out
    assert "  kubectl kcp access manifest --subject User:jane --with-secrets | kubectl apply -f -\n" in out
    assert max(len(line) for line in out.split("\n\n")[0].splitlines()) <= 80


def test_roles_of_what_changes_something_are_no_fault(check: Check, server: Reviews) -> None:
    own = {(r.verbs[0], r.urls[0]) if r.urls else (r.verbs[0], r.resources[0]) for role, r in all_rules() if role.flag in FLAGS}
    server.allowed = lambda who, verb, what: (verb, what) not in own
    code, out, _ = check("-o", "json")
    found = items(out)
    assert code == ExitCode.OK
    assert {c for c, i in found.items() if i["rights"] != "ok"} == CHANGING
    assert {i["rights"] for c, i in found.items() if c in CHANGING} == {"not granted"}
    (cure,) = json.loads(out)["cures"]
    flags = "--with-log-level --with-flush --with-etcd-shell"
    assert cure["line"] == f"kubectl kcp access manifest --subject User:jane {flags} | kubectl apply -f -"


FLAGS = ("--with-flush", "--with-etcd-shell", "--with-log-level")


def rights(rule: Rule) -> list[tuple[str, str]]:
    return [(verb, what) for verb in rule.verbs for what in (*rule.urls, *rule.resources)]


@pytest.mark.parametrize(("role", "rule"), list(all_rules()), ids=lambda v: getattr(v, "what", ""))
def test_each_right_taken_away_in_turn(role: Any, rule: Any, check: Check, server: Reviews) -> None:
    """Exactly the commands that the table names miss it; nothing else does. Two rules may want the same right."""
    denied = rights(rule)
    server.allowed = all_but(*denied)
    code, out, _ = check("-o", "json")
    missing = {c for c, i in items(out).items() if i["missing"]}
    assert missing == {c for _, r in all_rules() if not r.fallback and set(rights(r)) & set(denied) for c in r.commands}
    assert code == (ExitCode.INCOMPLETE if missing - CHANGING else ExitCode.OK)


def test_rights_of_the_service_account_are_asked_by_itself(check: Check, server: Reviews) -> None:
    server.allowed = lambda who, verb, what: who == USER
    code, out, err = check("-o", "json")
    (missing,) = items(out)["top"]["missing"]
    assert (code, err) == (ExitCode.INCOMPLETE, "")
    assert (missing["of"], missing["url"], missing["verb"]) == ("ServiceAccount", "/metrics", "get")
    assert {a["who"] for a in server.asked if "nonResourceAttributes" in a} == {ACCOUNT}
    assert {a["who"] for a in server.asked if "resourceAttributes" in a} == {USER}


def test_a_service_account_that_does_not_exist(check: Check, server: Reviews) -> None:
    server.account_exists = False
    code, out, err = check()
    assert code == ExitCode.INCOMPLETE
    assert "top                unknown  get /metrics (ServiceAccount)?\n" in out
    assert "certs status       ok       -\n" in out
    assert err.startswith("warning: rights of ServiceAccount kubectl-kcp/kubectl-kcp-diagnostics: ")
    assert "does not exist" in err


def test_no_token_is_requested_where_it_may_not_be(check: Check, server: Reviews) -> None:
    server.allowed = all_but(("create", "serviceaccounts/token"))
    code, out, err = check("--service-account", "ops/reader")
    assert (code, err) == (ExitCode.INCOMPLETE, "")
    assert "top                missing      create serviceaccounts/token\n" in out.replace("missing  ", "missing      ")
    (asked,) = [a for a in server.asked if a.get("resourceAttributes", {}).get("subresource") == "token"]
    assert asked["resourceAttributes"]["namespace"] == "ops"
    assert asked["resourceAttributes"]["name"] == "reader"


def test_a_given_token_needs_no_right_to_request_one(check: Check, server: Reviews, tmp_path: Path) -> None:
    server.allowed = all_but(("create", "serviceaccounts/token"))
    (tmp_path / "token").write_text(ACCOUNT, encoding="ascii")
    assert check("--token-file", str(tmp_path / "token"))[0] == ExitCode.OK


def test_one_namespace_narrows_what_is_about_clusters(check: Check, server: Reviews) -> None:
    assert check("-n", "team-a")[0] == ExitCode.OK
    places = {
        (a["resourceAttributes"]["resource"], a["resourceAttributes"].get("namespace")) for a in server.asked if "resourceAttributes" in a
    }
    assert {("secrets", "team-a"), ("clusters", "team-a"), ("deployments", None), ("leases", None)} <= places
    assert ("secrets", None) not in places


@pytest.mark.parametrize(
    ("username", "subject"),
    [
        ("system:serviceaccount:ops:robot", "ServiceAccount:ops/robot"),
        ("Jane Doe", "'User:Jane Doe'"),
        (None, "KIND:NAME"),
    ],
)
def test_the_cure_is_for_who_asks(username: str | None, subject: str, check: Check, server: Reviews) -> None:
    server.username = username
    server.allowed = lambda who, verb, what: False
    assert f"access manifest --subject {subject} --with-secrets |" in check()[1]


def test_nothing_can_be_asked(check: Check, server: Reviews) -> None:
    server.broken = True
    code, out, err = check()
    assert (code, out) == (ExitCode.FAILED, "")
    assert "does not accept these credentials (401)" in err


def test_a_recording_has_no_rights(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["access", "check", "--bundle", "demo:stale-credential"], "kubectl kcp") == ExitCode.USAGE
    assert "leave --bundle out" in capsys.readouterr().err


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    if not isinstance(command, click.Group):
        yield " ".join(path)
        return
    if isinstance(command, DefaultGroup):
        yield " ".join(path)
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from leaves(found, (*path, name))


NEED_NONE = ("access", "bundle diff", "bundle inspect", "bundle redact", "completion", "demo", "explain", "export", "version")
"""They read no cluster, or ask about rights only. What the exporter needs are doctor's rights, and WATCH."""


def test_every_command_of_the_table_exists_and_every_command_is_in_it() -> None:
    existing = {c for c in leaves(root) if not c.startswith(NEED_NONE)}
    assert set(all_commands()) == existing, "knowledge/rights.py must name each command that reads a cluster"
    assert all({*r.commands} <= {*all_commands()} and r.commands and r.without for _, r in all_rules())
    assert len({role.name for role in ROLES}) == len(ROLES)

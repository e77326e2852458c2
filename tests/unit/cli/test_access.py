"""``access manifest``: the roles as YAML that kubectl takes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from kubectl_kcp.cli.main import run


def documents(capsys: pytest.CaptureFixture[str], *words: str) -> dict[tuple[str, str], dict[str, Any]]:
    assert run(["access", "manifest", *words], "kubectl kcp") == 0
    found = [d for d in yaml.safe_load_all(capsys.readouterr().out) if d]
    return {(d["kind"], d["metadata"]["name"]): d for d in found}


@pytest.mark.parametrize(
    ("words", "roles"),
    [
        ((), {"diagnostics", "reader"}),
        (("--with-secrets",), {"diagnostics", "reader", "secrets"}),
        (("--with-secrets", "--with-flush"), {"diagnostics", "reader", "secrets", "flush"}),
        (("--with-log-level",), {"diagnostics", "reader", "log-level"}),
    ],
)
def test_roles_are_those_asked_for(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], roles: set[str]) -> None:
    found = documents(capsys, *words)
    assert {name.removeprefix("kubectl-kcp-") for kind, name in found if kind == "ClusterRole"} == roles
    bindings = [d for (kind, _), d in found.items() if kind == "ClusterRoleBinding"]
    assert {d["roleRef"]["name"].removeprefix("kubectl-kcp-") for d in bindings} == roles


def test_no_role_without_its_flag_touches_secrets_or_writes(capsys: pytest.CaptureFixture[str]) -> None:
    for (kind, _), document in documents(capsys).items():
        if kind == "ClusterRole":
            text = str(document["rules"])
            assert "secrets" not in text
            assert "patch" not in text
            assert "*'" not in text.replace("/debug/pprof/*'", "")


def test_a_service_account_as_the_subject(capsys: pytest.CaptureFixture[str]) -> None:
    found = documents(capsys, "--subject", "ServiceAccount:ops/robot")
    binding = found["ClusterRoleBinding", "kubectl-kcp-reader:ServiceAccount:ops:robot"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "robot", "namespace": "ops"}]


def test_a_second_subject_does_not_take_the_rights_of_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (documents(capsys, "--subject", f"User:{name}") for name in ("jane", "https://issuer/#bob"))
    shared = {key for key in first if key in second and first[key] != second[key]}
    assert not shared
    assert not any("/" in name or "%" in name for _, name in second)


def test_only_the_service_account_may_set_log_levels(capsys: pytest.CaptureFixture[str]) -> None:
    found = documents(capsys, "--with-log-level", "--namespace", "ops")
    assert found["ClusterRole", "kubectl-kcp-log-level"]["rules"] == [{"nonResourceURLs": ["/debug/flags/v"], "verbs": ["put"]}]
    subjects = found["ClusterRoleBinding", "kubectl-kcp-log-level"]["subjects"]
    assert subjects == [{"kind": "ServiceAccount", "name": "kubectl-kcp-diagnostics", "namespace": "ops"}]


@pytest.mark.parametrize("words", ["jane", "Robot:x", "User:", "ServiceAccount:x"])
def test_a_subject_that_is_none(words: str) -> None:
    assert run(["access", "manifest", "--subject", words], "kubectl kcp") == 2

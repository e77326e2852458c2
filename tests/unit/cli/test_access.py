"""``access manifest``: the roles as YAML that kubectl takes."""

from __future__ import annotations

import pytest
import yaml

from kubectl_kcp.cli.main import run


def documents(capsys: pytest.CaptureFixture[str], *words: str) -> dict[tuple[str, str], dict[str, object]]:
    assert run(["access", "manifest", *words], "kubectl kcp") == 0
    found = [d for d in yaml.safe_load_all(capsys.readouterr().out) if d]
    return {(d["kind"], d["metadata"]["name"]): d for d in found}


@pytest.mark.parametrize(
    ("words", "roles"),
    [
        ((), {"diagnostics", "reader"}),
        (("--with-secrets",), {"diagnostics", "reader", "secrets"}),
        (("--with-secrets", "--with-flush"), {"diagnostics", "reader", "secrets", "flush"}),
    ],
)
def test_roles_are_those_asked_for(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], roles: set[str]) -> None:
    found = documents(capsys, *words)
    assert {name.removeprefix("kubectl-kcp-") for kind, name in found if kind == "ClusterRole"} == roles
    assert {name.removeprefix("kubectl-kcp-") for kind, name in found if kind == "ClusterRoleBinding"} == roles


def test_no_role_without_its_flag_touches_secrets_or_writes(capsys: pytest.CaptureFixture[str]) -> None:
    for (kind, _), document in documents(capsys).items():
        if kind == "ClusterRole":
            text = str(document["rules"])
            assert "secrets" not in text
            assert "patch" not in text
            assert "*'" not in text.replace("/debug/pprof/*'", "")


def test_a_service_account_as_the_subject(capsys: pytest.CaptureFixture[str]) -> None:
    found = documents(capsys, "--subject", "ServiceAccount:ops/robot")
    assert found["ClusterRoleBinding", "kubectl-kcp-reader"]["subjects"] == [
        {"kind": "ServiceAccount", "name": "robot", "namespace": "ops"}
    ]


@pytest.mark.parametrize("words", ["jane", "Robot:x", "User:", "ServiceAccount:x"])
def test_a_subject_that_is_none(words: str) -> None:
    assert run(["access", "manifest", "--subject", words], "kubectl kcp") == 2

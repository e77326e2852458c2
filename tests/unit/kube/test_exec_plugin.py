"""Credential plugins as kubectl runs them: what they find in their environment, and every way to fail."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.errors import BadInput, KcpError, NotFound
from kubectl_kcp.kube.exec_plugin import ExecPlugin, Plugins, answer_of

V1 = "client.authentication.k8s.io/v1"


def entry(code: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": V1, "command": sys.executable, "args": ["-c", code], "interactiveMode": "Never", **more}


def printing(**document: Any) -> dict[str, Any]:
    whole = {"apiVersion": V1, "kind": "ExecCredential", "status": {"token": "t"}, **document}
    return entry(f"print({json.dumps(whole)!r})")


ECHO = f"""
import json, os
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
print(json.dumps({{"apiVersion": {V1!r}, "kind": "ExecCredential", "status": {{"info": info, "more": os.environ.get("MORE")}}}}))
"""


def test_what_a_plugin_is_told() -> None:
    cluster = {"server": "https://a", "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}]}
    found = answer_of(entry(ECHO, env=[{"name": "MORE", "value": "1"}]), cluster)
    assert found == {"info": {"apiVersion": V1, "kind": "ExecCredential", "spec": {"interactive": False}}, "more": "1"}
    told = answer_of(entry(ECHO, provideClusterInfo=True), cluster)
    assert isinstance(told, dict)
    assert told["info"]["spec"]["cluster"] == {**cluster, "config": {"audience": "x"}}


@pytest.mark.parametrize(
    ("plugin", "error", "words"),
    [
        (entry("raise SystemExit('no session')"), NotFound, "ended with 1: no session"),
        (entry("", command="kubectl-kcp-no-such-plugin"), NotFound, "credential plugin failed"),
        (entry("", interactiveMode="Always"), NotFound, "no terminal"),
        (entry("print('hush')"), BadInput, "not JSON"),
        (entry("print('[]')"), BadInput, "no ExecCredential"),
        (printing(kind="Secret"), BadInput, "no ExecCredential"),
        (printing(apiVersion="client.authentication.k8s.io/v1beta1"), BadInput, "another version"),
        (printing(status=["hush"]), BadInput, "no status"),
        ({"command": "x"}, BadInput, "no apiVersion"),
    ],
)
def test_how_a_plugin_fails(plugin: dict[str, Any], error: type[KcpError], words: str) -> None:
    with pytest.raises(error, match=words) as failed:
        ExecPlugin(plugin, {}).credential()
    assert "hush" not in str(failed.value)


def test_the_official_client_is_not_imported_for_it(tmp_path: Path) -> None:
    """It takes a quarter of a second and more, in every run of everyone with a managed cluster."""
    code = "import json, sys\nfrom kubectl_kcp.kube.exec_plugin import ExecPlugin\n"
    code += "assert ExecPlugin(json.loads(sys.argv[1]), {}).credential().token == 't'\nassert 'kubernetes' not in sys.modules\n"
    assert subprocess.run([sys.executable, "-c", code, json.dumps(printing())], check=False).returncode == 0


def test_a_program_is_run_once_for_all_that_share_it() -> None:
    """Unless it is told of the cluster, or runs with other arguments or another environment."""
    plugins = Plugins()
    same = plugins.of(printing(), {"server": "https://a"})
    assert plugins.of(printing(), {"server": "https://b"}) is same
    assert plugins.of(printing(status={"token": "other"}), {"server": "https://a"}) is not same
    assert plugins.of({**printing(), "env": [{"name": "A", "value": "1"}]}, {}) is not same
    told = {**printing(), "provideClusterInfo": True}
    assert plugins.of(told, {"server": "https://a"}) is plugins.of(told, {"server": "https://a"})
    assert plugins.of(told, {"server": "https://a"}) is not plugins.of(told, {"server": "https://b"})

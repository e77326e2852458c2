"""kubectl's JSONPath: held against kubectl itself where there is one, and against what it printed where there is none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from kubectl_kcp.errors import BadInput
from kubectl_kcp.render.jsonpath import parse

LAB = Path(os.environ.get("LAB_HOME", Path.home() / ".cache/capi-lab")) / "bin/kubectl"
KUBECTL = str(LAB) if LAB.exists() else shutil.which("kubectl")
EXEC = {"command": "x", "args": ["1", "2", "3"], "apiVersion": "v1", "interactiveMode": "Never", "provideClusterInfo": True, "env": None}
CONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "b",
    "clusters": [{"name": n, "cluster": {"server": f"https://{n}:6443", "tls-server-name": "<x>&y"}} for n in ("ash", "elm", "oak")],
    "contexts": [{"name": n, "context": {"cluster": c, "user": "u", "namespace": n * 2}} for n, c in (("a", "ash"), ("b", "elm"))],
    "users": [
        {
            "name": "u",
            "user": {
                "exec": {
                    "command": "x",
                    "args": ["1", "2", "3"],
                    "apiVersion": "v1",
                    "interactiveMode": "Never",
                    "provideClusterInfo": True,
                    "env": None,
                }
            },
        }
    ],
}
RIGHT = (
    ("{.kind}", "Config"),
    ("plain", "plain"),
    ("{.clusters[*].name}", "ash elm oak"),
    ("{.clusters[0].name} and {.clusters[-1].name}", "ash and oak"),
    ("{.clusters[0:2].name}", "ash elm"),
    ("{.clusters[::2].name}", "ash oak"),
    ("{.clusters[-2:].name}", "elm oak"),
    ("{.clusters[0,2].name}", "ash oak"),
    ("{.clusters[0]['name','cluster']}", 'ash {"server":"https://ash:6443","tls-server-name":"\\u003cx\\u003e\\u0026y"}'),
    ("{$.clusters[1]['name']}", "elm"),
    ("{@.kind}", "Config"),
    ("{['kind']}", "Config"),
    (r"{.current\-context}", "b"),
    ("{.current-context}", "b"),
    ('{.clusters[?(@.name=="elm")].cluster.server}', "https://elm:6443"),
    ("{.clusters[?(@.name!='elm')].name}", "ash oak"),
    ('{.clusters[?(@.name>"ash")].name}', "elm oak"),
    ("{.users[?(@.user.exec.provideClusterInfo==true)].name}", "u"),
    ("{.contexts[?(@.context.namespace)].name}", "a b"),
    ("{.contexts[?(@.context.nowhere)].name}", ""),
    ("{.contexts[*].context.namespace}", "aa bb"),
    ("{..namespace}", "aa bb"),
    ("{.clusters..server}", "https://ash:6443 https://elm:6443 https://oak:6443"),
    ("{.clusters[?(@.name~'elm')].name}", ""),
    ("{.nothing}", ""),
    ("{.nothing.below[0]}", ""),
    ("{.users[0].user.exec.args}", '["1","2","3"]'),
    ("{.users[0].user.exec.args[*]}", "1 2 3"),
    ("{.users[0].user.exec.provideClusterInfo}", "true"),
    ('{range .clusters[*]}{.name}{"\\t"}{.cluster.server}{"\\n"}{end}', "ash\thttps://ash:6443\nelm\thttps://elm:6443\noak\thttps://oak:6443\n"),
    ("{range .clusters[*]}{.name},{end}", "ash,elm,oak,"),
    ("{range .nothing[*]}{.name},{end}after", "after"),
    ('{range .contexts[*]}{.name}:{range .context.namespace}x{end};{end}', "a:x;b:x;"),
    ("{.clusters[1:1].name}", ""),
    ("{.kind}{' '}{.apiVersion}", "Config v1"),
    ("{ .kind }", "Config"),
)  # fmt: skip
WRONG = (
    "{.kind",
    "{.clusters[5].name}",
    "{.clusters[0:9].name}",
    "{.clusters[2:1].name}",
    "{.clusters[x].name}",
    "{.clusters[0}",
    "{.kind[0]}",
    "{.clusters[::0].name}",
    "{.clusters[?(@.name=='elm')}",
    "{.clusters[?(@.name=='elm'}",
    "{.kind[?(@.name=='elm')].name}",
    "{.clusters[?(@.name==1)].name}",
    "{.clusters[?(@..server)=='elm'].name}",
    "{unknown}",
    "{end}",
    "{.a#}{!}",
)


def ours(template: str) -> str:
    return parse(template).text(CONFIG)


@pytest.mark.parametrize(("template", "text"), RIGHT, ids=[t for t, _ in RIGHT])
def test_it_prints_what_kubectl_printed(template: str, text: str) -> None:
    assert ours(template) == text


@pytest.mark.parametrize("template", WRONG)
def test_it_refuses_what_kubectl_refuses(template: str) -> None:
    with pytest.raises(BadInput):
        ours(template)


@pytest.mark.skipif(KUBECTL is None, reason="no kubectl: tests/lab/build kubectl makes one")
def test_kubectl_agrees_with_each_of_these(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(json.dumps(CONFIG))
    differ = []
    for template in (*[t for t, _ in RIGHT], *WRONG):
        command = [str(KUBECTL), "config", "view", "-o", f"jsonpath={template}", "--kubeconfig", str(tmp_path / "config")]
        done = subprocess.run(command, capture_output=True, text=True)
        if template in WRONG:
            differ += [] if done.returncode else [(template, done.stdout)]
        elif (done.stdout, done.stderr) != (dict(RIGHT)[template], ""):
            differ.append((template, done.stdout + done.stderr[:200]))
    assert not differ


def test_numbers_and_what_is_null() -> None:
    document = {"a": None, "n": [1, 2.5, 1e21, 1e-7, 100.0, True]}
    assert parse("{.a}").text(document) == "null"
    assert parse("{.n[*]}").text(document) == "1 2.5 1e+21 1e-07 100 true"

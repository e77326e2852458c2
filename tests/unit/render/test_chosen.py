"""-o jsonpath and -o custom-columns of a command's document."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import BadInput
from kubectl_kcp.render.chosen import checked, chosen
from tests.unit.sandbox.running import ADMIN, Running, running

LAB = Path(os.environ.get("LAB_HOME", Path.home() / ".cache/capi-lab")) / "bin/kubectl"
KUBECTL = str(LAB) if LAB.exists() else shutil.which("kubectl")

LIST = {"items": [{"name": "a", "n": 1, "ok": True, "none": None, "many": [1, "x"], "map": {"k": "v"}}, {"name": "b\x1b[31m"}]}


def test_custom_columns_are_kubectls() -> None:
    spec = "custom-columns=NAME:.name,N:{.n},OK:ok,NONE:{none},MANY:.many,EACH:.many[*],MAP:.map"
    assert chosen(LIST, spec).splitlines() == [
        "NAME        N        OK       NONE     MANY     EACH     MAP",
        "a           1        true     <nil>    [1 x]    1,x      map[k:v]",
        r"b\x1b[31m   <none>   <none>   <none>   <none>   <none>   <none>",
    ]
    assert chosen(LIST, "custom-columns=NAME:.name", headers=False).startswith("a\n")
    assert chosen({"name": "one"}, "custom-columns=NAME:.name").splitlines()[1] == "one"
    assert chosen({"items": []}, "custom-columns=NAME:.name") == "NAME"
    assert chosen({"items": []}, "custom-columns=NAME:.name", headers=False) == ""


@pytest.mark.parametrize(
    "expression", ["custom-columns=", "custom-columns=NAME", "custom-columns=A:{x}{y}", "jsonpath={.a", "custom-columns=A:.b[x]"]
)
def test_what_is_wrong_with_an_expression_is_said_before_anything_is_read(capsys: pytest.CaptureFixture[str], expression: str) -> None:
    with pytest.raises(BadInput):
        checked(expression)
    assert run(["certs", "status", "--bundle", "nowhere", "-o", expression], "kubectl kcp") == 2
    assert "nowhere" not in capsys.readouterr().err


def test_a_template_is_printed_to_the_byte(capsys: pytest.CaptureFixture[str]) -> None:
    template = r'jsonpath={range .items[?(@.credential.state=="STALE")]}{.namespace}{"\t"}{.name}{"\n"}{end}'
    assert run(["certs", "status", "--bundle", "demo:stale-credential", "-o", template], "kubectl kcp") == 0
    assert capsys.readouterr().out == "real\tw1\n"
    assert run(["certs", "status", "--bundle", "demo:stale-credential", "-o", "jsonpath={.items[99]}"], "kubectl kcp") == 4
    assert "array index out of bounds: index 99, length 7" in capsys.readouterr().err


SPECS = (
    {
        "a": "x",
        "b": 1,
        "c": True,
        "many": [1, "x", None],
        "map": {"k": "v", "a": [1]},
        "objects": [{"k": "x", "v": 1}, {"k": "y", "v": 2}],
        "float": 2.5,
        "large": 123456789012,
        "small": 1e-7,
        "null": None,
        "wide": "w" * 40,
        "empty": "",
        "none": [],
        "other": "größe日本",
    },
    {"a": "longer value", "wide": "s", "objects": [{"v": 3}], "many": []},
)
COLUMNS = (
    "NAME:.metadata.name",
    "NAME:metadata.name",
    "N:{.metadata.name}",
    "N:{metadata.name}",
    "A:.spec.a,B:.spec.b,C:.spec.c",
    "M:.spec.many,E:.spec.many[*],MAP:.spec.map",
    "X:.spec.objects[*].k",
    'X:.spec.objects[?(@.k=="x")].v',
    "F:.spec.float,G:.spec.large,H:.spec.small,Z:.spec.null",
    "NO:.spec.nothing.at.all",
    "T:.spec.a.b",
    "A B:.metadata.name",
    "A:.metadata.labels.app\\.kubernetes\\.io/name",
    "W:.spec.wide,N:.metadata.name",
    ":.metadata.name",
    "A:.metadata.name,A:.metadata.name",
    "E:.spec.empty,M:.spec.none,EACH:.spec.none[*],N:.metadata.name",
    "U:.spec.other,N:.metadata.name",
    "A: .metadata.name",
    "A:",
)
REFUSED = ("A", "A:{.x}{.y}", "N:.metadata.name,", "A:.spec.many[7]", "A:.spec.many[0]", "X:.spec['a','b']")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("api")) as made:
        for number, spec in enumerate(SPECS):
            labels = {"app.kubernetes.io/name": "one"} if number == 0 else {}
            made.put("clusters", {"metadata": {"name": f"c{number}", "namespace": "a", "labels": labels}, "spec": spec})
        yield made


@pytest.mark.skipif(KUBECTL is None, reason="no kubectl: tests/lab/build kubectl makes one")
def test_kubectl_prints_the_same_of_the_same_objects(api: Running, tmp_path: Path) -> None:
    environment = {**os.environ, "KUBECONFIG": str(api.kubeconfig(*ADMIN)), "HOME": str(tmp_path)}

    def theirs(spec: str, namespace: str = "a", *more: str) -> tuple[bool, list[str]]:
        command = [str(KUBECTL), "get", "clusters", "-n", namespace, "-o", f"custom-columns={spec}", *more]
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        return done.returncode == 0, [line.rstrip() for line in done.stdout.splitlines()]

    document = api.get("/apis/cluster.x-k8s.io/v1beta2/namespaces/a/clusters")
    for spec in COLUMNS:
        assert theirs(spec) == (True, chosen(document, f"custom-columns={spec}").splitlines()), spec
    assert theirs(COLUMNS[4], "a", "--no-headers")[1] == chosen(document, f"custom-columns={COLUMNS[4]}", headers=False).splitlines()
    assert theirs(COLUMNS[0], "b") == (True, chosen({"items": []}, f"custom-columns={COLUMNS[0]}").splitlines())
    for spec in REFUSED:
        with pytest.raises(BadInput):
            chosen(document, f"custom-columns={spec}")
        assert not theirs(spec)[0], spec

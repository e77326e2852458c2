"""-o jsonpath and -o custom-columns of a command's document."""

from __future__ import annotations

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import BadInput
from kubectl_kcp.render.chosen import checked, chosen

LIST = {"items": [{"name": "a", "n": 1, "ok": True, "none": None, "many": [1, "x"], "map": {"k": "v"}}, {"name": "b\x1b[31m"}]}


def test_custom_columns_are_kubectls() -> None:
    spec = "custom-columns=NAME:.name,N:{.n},OK:ok,NONE:{none},MANY:.many,EACH:.many[*],MAP:.map"
    assert chosen(LIST, spec).splitlines() == [
        "NAME       N       OK      NONE    MANY    EACH    MAP",
        "a          1       true    <nil>   [1 x]   1,x     map[k:v]",
        r"b\x1b[31m  <none>  <none>  <none>  <none>  <none>  <none>",
    ]
    assert chosen(LIST, "custom-columns=NAME:.name", headers=False).startswith("a\n")
    assert chosen({"name": "one"}, "custom-columns=NAME:.name").splitlines()[1] == "one"
    assert chosen({"items": []}, "custom-columns=NAME:.name") == ""


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

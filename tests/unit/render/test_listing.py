"""JSON and YAML carry what was there, and nothing of it reaches a terminal unescaped."""

from __future__ import annotations

import json

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_kcp.render.listing import to_json, to_yaml

HOSTILE = st.text(st.characters(exclude_categories=["Cs"]))


@settings(deadline=None)
@given(st.dictionaries(HOSTILE, st.lists(HOSTILE, max_size=2), max_size=3))
def test_any_text_comes_back_and_is_escaped(document: dict[str, list[str]]) -> None:
    as_json, as_yaml = to_json(document), to_yaml(document)
    assert json.loads(as_json) == document
    assert yaml.safe_load(as_yaml) == document
    assert all(line.isprintable() for text in (as_json, as_yaml) for line in text.split("\n"))


def test_escapes() -> None:
    assert json.loads(to_json({"a": "\x7f\x85\u202e\U000e0001ü"})) == {"a": "\x7f\x85\u202e\U000e0001ü"}
    assert to_json({"a": "\x7f\x85\u202eü"}) == '{\n  "a": "\\u007f\\u0085\\u202eü"\n}'
    assert to_yaml({"a": "ü"}) == "a: ü"
    assert to_yaml({"a": "\u202eü"}) == 'a: "\\u202E\\xFC"'

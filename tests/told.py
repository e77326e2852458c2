"""What a command tells: the same findings in its JSON as in its text."""

from __future__ import annotations

import json
import re

_CODE = re.compile(r"\[([a-z]+(?:-[a-z0-9]+)+)\]")


def same_findings(document: str, text: str) -> list[str]:
    """Their codes, in JSON's order. What a finding's ``seen`` says must stand in the text."""
    found = json.loads(document)["findings"]
    joined = " ".join(text.split())
    assert {f["code"] for f in found} == set(_CODE.findall(joined)), joined
    assert all(" ".join(f["seen"].split()) in joined for f in found), joined
    return [f["code"] for f in found]

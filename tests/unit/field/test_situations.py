"""Situations that the tool was not made for: what is shown, the exit codes, what is said, and that healthy ones stay silent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.field.making import Bundle
from tests.unit.field.situation import SITUATIONS
from tests.unit.field.situations import MODULES
from tests.unit.field.test_cases import Tool, wrong

assert MODULES, "the situations are made by their import"
UNASKED = re.compile(r"(?m)^(?:error|warning): .*$")


@pytest.mark.parametrize("name", SITUATIONS)
def test_it_is_right(capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str) -> None:
    bundle = Bundle()
    SITUATIONS[name].make(bundle)
    tool = Tool(capsys, bundle.write(tmp_path / "bundle"))
    differences = wrong(SITUATIONS[name].right, tool)
    if SITUATIONS[name].healthy:
        differences += [f"doctor: {m[0]}" for m in UNASKED.finditer(tool("doctor")[1])]
    assert not differences, "\n".join(differences)


def test_none_that_is_damaged_ends_in_a_traceback() -> None:
    from tests.fuzz import damage, fuzz_situations

    assert damage.run(25, 1, fuzz_situations.one, fuzz_situations.read)

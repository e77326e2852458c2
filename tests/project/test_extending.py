"""docs/extending.md: the walks lead through files that are there, and the blocks stand in them. docs/security.md: so do its tests."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "docs/security.md").read_text(encoding="utf-8")
ROOMS = ("kubectl_kcp/", "tests/", "docs/", "tools/", "CHANGELOG.md", "README.md", "plugin.yaml")
BLOCK = re.compile(r'^ *```python title="(?P<path>[^"]+)"\n(?P<code>.*?)^ *```$', re.DOTALL | re.MULTILINE)
NAMED = sorted(
    {word for words in re.findall(r"`([^`\n]+)`", BLOCK.sub("", TEXT) + SECURITY) for word in words.split() if word.startswith(ROOMS)}
)


@pytest.mark.parametrize("path", NAMED)
def test_each_file_that_is_named_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("block", list(BLOCK.finditer(TEXT)), ids=lambda m: m["path"])
def test_each_block_stands_in_its_file(block: re.Match[str]) -> None:
    lines = [line.strip() for line in (ROOT / block["path"]).read_text(encoding="utf-8").splitlines()]
    wanted = [line.strip() for line in textwrap.dedent(block["code"]).splitlines()]
    assert any(lines[at : at + len(wanted)] == wanted for at in range(len(lines))), "another text stands there now"


def test_there_is_a_walk_for_each_thing() -> None:
    walks = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
    assert [w.splitlines()[0] for w in walks] == [
        "A version of Cluster API", "A cause in a profile", "A control plane provider", "A finding", "A command",
    ]  # fmt: skip
    for walk in walks:
        assert BLOCK.search(walk), walk[:40]
        assert "tests/" in walk

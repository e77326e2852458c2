"""docs/terminal: the pictures show what the commands print today, and the script that makes them runs."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/terminal"
WIDTHS = (80, 200)
READING = ("doctor", "certs-status", "profile", "cache", "top")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal is POSIX's")


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize("columns", WIDTHS)
def test_a_picture_shows_what_is_printed_today(name: str, columns: int, request: pytest.FixtureRequest) -> None:
    import make_pictures
    from terminal import svg

    path = FOLDER / f"{name}-{columns}.svg"
    known, now = path.read_text(encoding="utf-8") if path.exists() else "", svg(make_pictures.picture(make_pictures.READING[name], columns))
    if known != now and request.config.getoption("--update"):
        path.write_text(now, encoding="utf-8")
    assert known == now, "run with --update and look at it"


def test_what_changes_a_cluster_is_recorded_as_it_goes_today() -> None:
    import make_pictures
    from terminal import cast, text_of

    seen = make_pictures.regenerate(WIDTHS[0])
    assert "EtcdClusterHealthy=True since" in seen.text
    now = make_pictures.unvaried(f"$ {seen.command}\n{seen.text}")
    for columns in WIDTHS:
        known = text_of((FOLDER / f"regenerate-{columns}.svg").read_text(encoding="utf-8"))
        assert make_pictures.unvaried(known) == now, "run tools/make_pictures.py and look at them"
    head, *events = (json.loads(line) for line in (FOLDER / "regenerate.cast").read_text(encoding="utf-8").splitlines())
    assert (head["version"], head["width"]) == (2, WIDTHS[0])
    assert make_pictures.unvaried("".join(text for _, _, text in events)) == now
    assert [at for at, *_ in events] == sorted(at for at, *_ in events)
    assert len(cast(seen).splitlines()) > 5


def test_all_that_lies_there_is_made_and_is_shown_and_small() -> None:
    import make_pictures

    names = {f"{name}-{columns}.svg" for name in (*make_pictures.READING, "regenerate") for columns in make_pictures.WIDTHS}
    assert (tuple(make_pictures.READING), make_pictures.WIDTHS) == (READING, WIDTHS)
    assert {p.name for p in FOLDER.iterdir()} == {*names, "regenerate.cast", "README.md"}
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\(([\w.-]+\.(?:svg|cast))\)", page)) == {*names, "regenerate.cast"}
    assert sum(p.stat().st_size for p in FOLDER.iterdir()) < 300_000


def test_a_terminal_goes_on_in_the_next_row_and_keeps_its_colour() -> None:
    from terminal import Shown, rows, svg, text_of

    text = "ab\x1b[31mcdef\x1b[0m\n\ngh\n"
    assert rows(text, 4) == [[("", "ab"), ("31", "cd")], [("31", "ef")], [], [("", "gh")]]
    picture = svg(Shown("x <y>", 4, ((0.1, text),)))
    assert text_of(picture) == "$ x <y>\nabcd\nef\n\ngh"
    assert 'class="c31">cd<' in picture

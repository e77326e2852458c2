"""``doctor``'s page in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_kcp.cli.main import run
from tests.browser.chromium import PROGRAM, Page

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine")
FIRST = "document.querySelector('#clusters tbody tr:not([hidden])').cells[0].textContent"
SHOWN = "document.querySelectorAll('#clusters tbody tr:not([hidden])').length"
HEAD = "document.querySelector('#clusters th')"


@pytest.fixture
def opened(chromium: Page, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Page:
    assert run(["doctor", "--bundle", "demo:stale-credential", "-o", "html"], "kubectl kcp") == 1
    path = tmp_path / "report.html"
    path.write_bytes(capfdbinary.readouterr().out)
    chromium.requests.clear()
    chromium.errors.clear()
    chromium.open(path)
    return chromium


def test_no_request_leaves_the_page(opened: Page) -> None:
    assert [r for r in opened.requests if not r.startswith("file:")] == []
    assert opened.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'blocked')") == "blocked"
    assert opened.errors == []


def test_the_filter_leaves_what_matches(opened: Page) -> None:
    assert opened.evaluate(SHOWN) == 7
    opened.evaluate("document.getElementById('filter').focus()")
    opened.call("Input.insertText", text="stale w1")
    assert opened.evaluate(SHOWN) == 1
    assert opened.evaluate(FIRST) == "real/w1"
    assert opened.evaluate("document.getElementById('count').textContent") == "1 of 7"


def test_columns_sort_by_mouse_and_keyboard(opened: Page) -> None:
    assert opened.evaluate(FIRST) == "real/w1", "what needs a look stands first"
    opened.evaluate("document.getElementById('clusters').scrollIntoView()")
    opened.click("#clusters th button")
    assert opened.evaluate(FIRST) == "default/c000"
    opened.evaluate(f"{HEAD}.querySelector('button').focus()")
    opened.key("Enter")
    assert opened.evaluate(f"{HEAD}.getAttribute('aria-sort')") == "descending"
    assert opened.evaluate(FIRST) == "real/w1"


def test_the_graph_has_its_keys_only_with_the_focus(opened: Page) -> None:
    crumbs = "document.getElementById('crumbs').textContent"
    opened.key("ArrowDown")
    opened.key("Enter")
    assert opened.evaluate(crumbs) == "all", "arrow keys scroll the page"
    opened.evaluate("document.getElementById('frames').focus()")
    opened.key("ArrowDown")
    opened.key("Enter")
    assert "›" in opened.evaluate(crumbs)


def test_on_paper_and_in_the_dark(opened: Page) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    light = opened.evaluate(colour)
    opened.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert opened.evaluate(colour) != light
    assert opened.evaluate("getComputedStyle(document.getElementById('flames')).display") == "none"
    assert opened.evaluate("document.querySelector('.finding').innerText").startswith("✖ error")
    opened.call("Emulation.setEmulatedMedia", media="", features=[])

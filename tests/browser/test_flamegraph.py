"""The flame graph page in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.model.profile import SampleType, Stacks
from kubectl_kcp.pprof.flame import tree
from kubectl_kcp.render.profile.flamegraph import Subject, page
from tests.browser.chromium import PROGRAM, Page

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine")
COUNT = "document.querySelectorAll('.f').length"
DETAILS = "document.getElementById('details').textContent"
CRUMBS = "document.getElementById('crumbs').textContent"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "cpu.html"
    assert run(["profile", "--bundle", "demo:issue-8602", "-o", "html", "--to", str(path)], "kubectl kcp") == 0
    return path


@pytest.fixture
def opened(chromium: Page, written: Path) -> Page:
    chromium.requests.clear()
    chromium.errors.clear()
    chromium.open(written)
    return chromium


def test_no_request_leaves_the_page(opened: Page) -> None:
    opened.evaluate("fetch('http://127.0.0.1:9/').catch(() => 0)")
    assert {r.partition(":")[0] for r in opened.requests} <= {"file", "http"}
    assert [r for r in opened.requests if not r.startswith(("file:", "http://127.0.0.1:9/"))] == []
    assert opened.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'blocked')") == "blocked"
    assert opened.errors == []


def test_the_verdict_and_the_causes_stand_beside_it(opened: Page) -> None:
    text = opened.evaluate("document.body.innerText")
    assert "issue 8602, fixed in v1.4.3" in text
    assert "etcd client credential generation" in opened.evaluate("document.getElementById('causes').innerText")
    assert opened.evaluate("document.querySelector('#causelist .share').textContent") == "88.9%"


def test_zoom_and_reset_by_mouse(opened: Page) -> None:
    opened.click(".f[aria-level='7']")
    assert opened.evaluate(CRUMBS).count("›") == 6
    opened.click("#reset")
    assert opened.evaluate(CRUMBS) == "all"


def test_everything_by_keyboard(opened: Page) -> None:
    for _ in range(3):
        opened.key("ArrowDown")
    before = opened.evaluate(DETAILS)
    assert "of all" in before
    opened.key("Enter")
    assert opened.evaluate(CRUMBS).count("›") == 3
    opened.key("Escape")
    assert opened.evaluate(CRUMBS).count("›") == 2
    opened.key("0")
    assert opened.evaluate(CRUMBS) == "all"
    opened.key("f")
    assert opened.evaluate("document.getElementById('flip').getAttribute('aria-pressed')") == "true"


def test_search_by_keyboard(opened: Page) -> None:
    opened.key("/")
    opened.call("Input.insertText", text="generateClientCert$")
    assert opened.evaluate("document.getElementById('matches').textContent") == "1 functions, 88.9% of all"
    assert opened.evaluate("document.querySelectorAll('.found').length") > 0
    opened.key("Escape")
    assert opened.evaluate("document.querySelectorAll('.found').length") == 0


def test_a_cause_marks_its_frames(opened: Page) -> None:
    opened.click("#causelist button")
    assert opened.evaluate("document.querySelectorAll('.f.cause').length") > 0


def test_another_pod_and_other_values(chromium: Page, tmp_path: Path) -> None:
    path = tmp_path / "heap.html"
    assert run(["profile", "heap", "--bundle", "demo:issue-8602", "-o", "html", "--to", str(path)], "kubectl kcp") == 0
    chromium.open(path)
    assert chromium.evaluate("document.getElementById('subject').options.length") == 4
    chosen = f"(s, v) => {{ const e = document.getElementById(s); e.value = v; e.onchange(); return {DETAILS}; }}"
    one = chromium.evaluate(f"({chosen})('type', '0')")
    two = chromium.evaluate(f"({chosen})('type', '1')")
    assert one != two
    assert "B, 100.0% of all" in two
    assert chromium.evaluate(f"({chosen})('subject', '1')") != two


def test_a_difference_has_signs(chromium: Page, tmp_path: Path) -> None:
    path = tmp_path / "diff.html"
    words = ["profile", "--bundle", "demo:stale-credential", "--baseline", "demo:issue-8602", "--controller", "kcp", "-o", "html"]
    assert run([*words, "--to", str(path)], "kubectl kcp") == 0
    chromium.open(path)
    assert chromium.evaluate("[...document.querySelectorAll('.less')].some((e) => e.textContent.startsWith('- '))")


def stacks(count: int) -> Stacks:
    """A tree of about ``count`` nodes, 40 deep."""
    names = [f"example.com/module/package.Function{i}" for i in range(500)]
    frames = [tuple((i * 31 + d * (1 + i % (d + 1))) % 500 for d in range(40)) for i in range(count // 38)]
    return Stacks(
        SampleType("cpu", "nanoseconds"),
        names,
        frames,
        [10_000_000 + i for i in range(len(frames))],
        sum(10_000_000 + i for i in range(len(frames))),
    )


def test_twenty_thousand_nodes_are_usable(chromium: Page, tmp_path: Path) -> None:
    made = tree(stacks(20_000))
    assert len(made.name) >= 20_000
    path = tmp_path / "large.html"
    path.write_text(page("large", ["large"], [Subject("large", (made,))]), encoding="utf-8")
    chromium.open(path)
    assert 0 < chromium.evaluate(COUNT) < 25_000
    for _ in range(20):
        chromium.key("ArrowDown")
    chromium.key("Enter")
    assert "›" in chromium.evaluate(CRUMBS)
    chromium.key("/")
    chromium.call("Input.insertText", text="Function1.$")
    assert "functions" in chromium.evaluate("document.getElementById('matches').textContent")


def test_hostile_names_are_inert(chromium: Page, tmp_path: Path) -> None:
    names = ["</script><script>window.hacked=1</script>", "<img src=x onerror='window.hacked=1'>", "\u2028{{7*7}}"]
    one = Stacks(SampleType("cpu", "nanoseconds"), names, [(0, 1, 2)], [5], 5)
    path = tmp_path / "hostile.html"
    subject = Subject(names[0], (tree(one),), functions=((names[1], "5ns", "5ns"),))
    path.write_text(page(names[0], [names[1]], [subject]), encoding="utf-8")
    chromium.requests.clear()
    chromium.open(path)
    assert chromium.evaluate("window.hacked") is None
    assert chromium.evaluate(COUNT) == 4
    assert [r for r in chromium.requests if not r.startswith("file:")] == []

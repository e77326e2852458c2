"""The flame graph page's causes, its table of functions, and callers and callees, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.gather.profile import gather_profiles
from kubectl_kcp.knowledge.causes import CAUSES
from kubectl_kcp.model.profile import SampleType, Stacks
from kubectl_kcp.pprof.analysis import AnalysedProfile
from kubectl_kcp.pprof.flame import tree
from kubectl_kcp.pprof.top import Order, functions
from kubectl_kcp.pprof.tree import Node, nodes
from kubectl_kcp.render.profile.flamegraph import Subject, page
from kubectl_kcp.sources.bundle.open import open_bundle
from kubectl_kcp.sources.interface import ProfileKind
from tests.browser.chromium import PROGRAM, Page
from tests.browser.test_flamegraph import stacks

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine")
ROWS = (
    "[...document.querySelectorAll('#rows tr')].map((r) => "
    "[r.querySelector('button').title, Number(r.dataset.flat), Number(r.dataset.cum)])"
)
FIRST = "document.querySelector('#rows button').title"
HEAD = "document.querySelector('#functions th[data-sort=\"{}\"]')"
AROUND = "[...document.querySelectorAll('#{} .name')].map((b) => b.title)"
CHOSEN = "document.getElementById('peekname').textContent"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "cpu.html"
    assert run(["profile", "--bundle", "demo:issue-8602", "--controller", "kcp", "-o", "html", "--to", str(path)], "kubectl kcp") == 0
    return path


@pytest.fixture(scope="module")
def kcp() -> Stacks:
    with open_bundle("demo:issue-8602") as source:
        return AnalysedProfile(gather_profiles(source, ProfileKind.CPU, 0.0, ("kcp",)).items[0]).stacks


@pytest.fixture
def opened(chromium: Page, written: Path) -> Iterator[Page]:
    chromium.errors.clear()
    chromium.requests.clear()
    chromium.open(written)
    yield chromium
    assert chromium.errors == []
    assert [r for r in chromium.requests if not r.startswith("file:")] == []


def choose(opened: Page, name: str) -> None:
    opened.evaluate(f"document.getElementById('search').value = {name!r}.replace(/[.*()]/g, '\\\\$&') + '$'")
    opened.evaluate("document.getElementById('search').dispatchEvent(new Event('input'))")
    opened.evaluate(f"[...document.querySelectorAll('#rows button')].find((b) => b.title === {name!r}).click()")
    opened.evaluate("document.getElementById('search').value = ''; document.getElementById('search').dispatchEvent(new Event('input'))")


def test_frames_have_the_colour_and_the_letter_of_their_cause(opened: Page) -> None:
    seen: list[list[Any]] = opened.evaluate(
        "[...document.querySelectorAll('.f .key')].map((k) => [k.textContent, k.parentElement.getAttribute('aria-label'),"
        " getComputedStyle(k.parentElement).backgroundColor])"
    )
    assert len(seen) > 5
    titles = {chr(ord("A") + rank): row.title for rank, row in enumerate(CAUSES)}
    assert all(label.endswith(f", {titles[letter]}") for letter, label, _ in seen)
    legend = dict(
        opened.evaluate(
            "[...document.querySelectorAll('#causelist li')].map((i) => [i.querySelector('.key').textContent,"
            " getComputedStyle(i.querySelector('.bar')).backgroundColor])"
        )
    )
    assert {letter: colour for letter, _, colour in seen} == {letter: legend[letter] for letter, _, _ in seen}
    assert len(set(legend.values())) == len(legend) >= 8


def luminance(colour: str) -> float:
    parts = [float(p) / 255 for p in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_can_be_read_on(scheme: str, opened: Page) -> None:
    """WCAG AA: 4.5 to 1, for each cause, whether it is in this profile or not."""
    opened.call("Emulation.setEmulatedMedia", media="", features=[{"name": "prefers-color-scheme", "value": scheme}])
    try:
        colours = opened.evaluate(
            f"[...Array({len(CAUSES)}).keys()].flatMap((n) => ['f k' + n, 'key k' + n]).map((c) => {{"
            " const e = document.createElement('b'); e.className = c; document.body.append(e);"
            " const s = getComputedStyle(e); const both = [s.color, s.backgroundColor]; e.remove(); return both; })"
        )
    finally:
        opened.call("Emulation.setEmulatedMedia", media="", features=[])
    for words, ground in colours:
        high, low = sorted((luminance(words), luminance(ground)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, (words, ground)


def test_the_table_holds_what_top_prints(opened: Page, kcp: Stacks) -> None:
    opened.evaluate("document.getElementById('allrows').click()")
    rows = opened.evaluate(ROWS)
    right = functions(kcp)
    assert sorted(rows) == sorted([f.name, f.flat, f.cum] for f in right)
    assert [r[1] for r in rows] == [f.flat for f in right]
    assert opened.evaluate("document.querySelector('#rows tr').innerText").split()[:4] == ["3.23s", "55.8%", "3.23s", "55.8%"]
    assert opened.evaluate("document.getElementById('allrows').hidden")


def test_the_table_sorts_by_mouse_and_keyboard(opened: Page, kcp: Stacks) -> None:
    assert opened.evaluate("document.querySelectorAll('#rows tr').length") == 100
    assert opened.evaluate(f"{HEAD.format('flat')}.getAttribute('aria-sort')") == "descending"
    opened.evaluate(f"{HEAD.format('cum')}.scrollIntoView()")
    opened.click("#functions th[data-sort='cum'] button")
    assert [r[2] for r in opened.evaluate(ROWS)] == [f.cum for f in functions(kcp, Order.CUM)[:100]]
    opened.evaluate(f"{HEAD.format('flat')}.firstElementChild.focus()")
    opened.key("Enter")
    assert opened.evaluate(f"{HEAD.format('cum')}.getAttribute('aria-sort')") is None
    opened.key("Enter")
    assert opened.evaluate(f"{HEAD.format('flat')}.getAttribute('aria-sort')") == "ascending"
    assert opened.evaluate(ROWS)[0][1] == 0
    opened.evaluate(f"{HEAD.format('name')}.firstElementChild.click()")
    short = [name.rpartition("/")[2] for name, _, _ in opened.evaluate(ROWS) if "(" not in name]
    assert short == sorted(short)


def test_the_table_by_keyboard(opened: Page, kcp: Stacks) -> None:
    opened.key("t")
    opened.key("ArrowDown")
    opened.key("ArrowDown")
    opened.key("ArrowUp")
    second = functions(kcp)[1].name
    assert opened.evaluate("document.activeElement.title") == second
    opened.evaluate("document.activeElement.click()")
    assert opened.evaluate(CHOSEN) == second
    assert opened.evaluate("document.getElementById('details').textContent").startswith("all:"), "the graph stood still"


def test_search_leaves_what_matches_in_the_table(opened: Page) -> None:
    opened.key("/")
    opened.call("Input.insertText", text="rsa")
    names = [name for name, _, _ in opened.evaluate(ROWS)]
    assert 10 < len(names) < 60
    assert all("rsa" in name.lower() for name in names)
    assert opened.evaluate("document.getElementById('rowcount').textContent") == str(len(names))


def by_name(stacks: Stacks) -> dict[str, Node]:
    return {n.value.name: n for n in nodes(stacks)}


@pytest.mark.parametrize("name", ["generateClientCert", "runtime.mallocgc", "Reconcile", "runtime.main", "bigmod.addMulVVW1024"])
def test_callers_and_callees_are_those_of_peek(name: str, opened: Page, kcp: Stacks) -> None:
    for full, node in by_name(kcp).items():
        if full.endswith(name):
            choose(opened, full)
            assert opened.evaluate(CHOSEN) == full
            assert opened.evaluate(AROUND.format("callers")) == [n for n, _ in node.callers[:15]]
            assert opened.evaluate(AROUND.format("callees")) == [n for n, _ in node.callees[:15]]


def test_from_caller_to_caller(opened: Page) -> None:
    choose(opened, "sigs.k8s.io/cluster-api/controlplane/kubeadm/internal.generateClientCert")
    shown = opened.evaluate("document.querySelector('#callers li').innerText").split()
    assert shown == ["5.15s", "100.0%", "internal.(*Management).GetWorkloadCluster"]
    opened.evaluate("document.querySelector('#callers button').click()")
    assert opened.evaluate(CHOSEN).endswith("internal.(*Management).GetWorkloadCluster")
    assert opened.evaluate("document.querySelectorAll('.f.chosen').length") > 1
    assert opened.evaluate("[...document.querySelectorAll('.f.chosen')].every((f) => f.textContent.endsWith('GetWorkloadCluster'))")


def test_a_frame_that_is_zoomed_is_the_chosen_function(opened: Page) -> None:
    for _ in range(4):
        opened.key("ArrowDown")
    opened.key("Enter")
    chosen = opened.evaluate(CHOSEN)
    assert opened.evaluate("document.getElementById('details').textContent").startswith(f"{chosen}: ")


def test_it_fits_a_narrow_window(opened: Page) -> None:
    opened.call("Emulation.setDeviceMetricsOverride", width=700, height=900, deviceScaleFactor=1, mobile=False)
    try:
        assert opened.evaluate("document.documentElement.scrollWidth") <= 700
        order = opened.evaluate(
            "['graph', 'causes', 'peek', 'functions'].map((i) => document.getElementById(i).getBoundingClientRect().top)"
        )
        assert order == sorted(order)
    finally:
        opened.call("Emulation.clearDeviceMetricsOverride")


def test_on_paper(opened: Page) -> None:
    opened.call("Emulation.setEmulatedMedia", media="print", features=[])
    try:
        shown = "(s) => getComputedStyle(document.querySelector(s)).display !== 'none'"
        assert not opened.evaluate(f"({shown})('.controls')")
        assert opened.evaluate(f"({shown})('#causes')")
        assert opened.evaluate("[...document.querySelectorAll('#rows tr')].filter((r) => r.offsetHeight).length") == 40
        assert opened.evaluate("document.getElementById('frames').scrollHeight <= document.getElementById('frames').clientHeight + 2")
    finally:
        opened.call("Emulation.setEmulatedMedia", media="", features=[])


def test_a_difference_keeps_its_signs_in_the_table(chromium: Page, tmp_path: Path) -> None:
    path = tmp_path / "diff.html"
    words = ["profile", "--bundle", "demo:stale-credential", "--baseline", "demo:issue-8602", "--controller", "kcp", "-o", "html"]
    assert run([*words, "--to", str(path)], "kubectl kcp") == 0
    chromium.open(path)
    assert chromium.evaluate("document.querySelector('#rows tr').innerText").split()[0] == "-3.23s"
    assert chromium.evaluate("document.querySelectorAll('.f .key').length") > 0


def test_a_recursion_counts_once(chromium: Page, tmp_path: Path) -> None:
    names = ["main", "walk", "visit"]
    one = Stacks(SampleType("cpu", "nanoseconds"), names, [(1, 2, 1, 2, 1, 0), (2, 1, 0), (1, 1, 0)], [5, 3, 2], 10)
    path = tmp_path / "recursion.html"
    path.write_text(page("recursion", ["recursion"], [Subject("recursion", (tree(one),))]), encoding="utf-8")
    chromium.open(path)
    assert sorted(chromium.evaluate(ROWS)) == sorted([f.name, f.flat, f.cum] for f in functions(one))
    node = by_name(one)["walk"]
    choose(chromium, "walk")
    shown = "[...document.querySelectorAll('#{} li')].map((r) => [r.querySelector('button').title, parseInt(r.innerText)])"
    assert chromium.evaluate(shown.format("callers")) == [list(c) for c in node.callers]
    assert chromium.evaluate(shown.format("callees")) == [list(c) for c in node.callees]


def test_twenty_thousand_frames_are_tallied_at_once(chromium: Page, tmp_path: Path) -> None:
    made = stacks(20_000)
    path = tmp_path / "large.html"
    path.write_text(page("large", ["large"], [Subject("large", (tree(made),))]), encoding="utf-8")
    chromium.open(path)
    chromium.evaluate("document.getElementById('allrows').click()")
    assert sorted(chromium.evaluate(ROWS)) == sorted([f.name, f.flat, f.cum] for f in functions(made))
    took = chromium.evaluate(
        "(() => { const from = performance.now(); document.querySelectorAll('#rows button')[7].click();"
        " return performance.now() - from; })()"
    )
    assert took < 5_000
    node = by_name(made)[chromium.evaluate(CHOSEN)]
    assert chromium.evaluate(AROUND.format("callees")) == [n for n, _ in node.callees[:15]]

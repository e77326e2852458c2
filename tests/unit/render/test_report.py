"""``doctor``'s page: what it says, and that nothing in it can act. How it behaves is in tests/browser."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from kubectl_kcp.findings.diagnose import Choice, diagnose
from kubectl_kcp.gather.estate import Wanted, gather_estate
from kubectl_kcp.model.diagnosis import Branch, Diagnosis
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Severity
from kubectl_kcp.model.reference import Scope
from kubectl_kcp.render.report import BAR, WEEKS, report
from kubectl_kcp.sources.bundle.open import open_bundle


@pytest.fixture(scope="module")
def looked() -> tuple[Diagnosis, Estate]:
    with open_bundle("demo:stale-credential") as source:
        estate = gather_estate(source, Wanted(Scope(None), 5.0, None))
    return diagnose(estate, Choice()), estate


class Tags(HTMLParser):
    """Counts tags, and keeps attributes that could act or load something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(k, v) for k, v in attrs if k in ("src", "href", "srcset", "action", "data") or k.startswith("on")]


def test_everything_that_was_found_is_told(looked: tuple[Diagnosis, Estate]) -> None:
    diagnosis, estate = looked
    page = report(diagnosis, estate, "kubectl capi-kcp")
    assert diagnosis.findings
    for finding in diagnosis.findings:
        assert f'data-code="{finding.code}"' in page
    for cluster in estate.clusters:
        assert f">{cluster.cluster.ref}</td>" in page
    assert "kubectl capi-kcp certs regenerate w1 -n real" in page
    assert "kubectl kcp " not in page
    assert page.index(">real/w1</td>") < page.index(">default/c000</td>"), "what needs a look stands first"


def test_each_certificate_is_in_one_bar(looked: tuple[Diagnosis, Estate]) -> None:
    diagnosis, estate = looked
    page = report(diagnosis, estate, "x")
    dated = sum(c.end is not None for status in estate.clusters for c in status.certificates)
    assert sum(map(int, re.findall(r"<title>[^<]*: (\d+)</title>", page))) == dated
    later = report(diagnosis, replace(estate, now=estate.now + timedelta(days=5000)), "x")
    assert f"<title>ended: {dated}</title>" in later
    assert f'viewBox="0 0 {(WEEKS + 2) * BAR} ' in page


def test_hostile_names_are_inert(looked: tuple[Diagnosis, Estate]) -> None:
    diagnosis, estate = looked
    hostile = "</script><script>x()</script><img src=x onerror=x()>\x1b[2J\u202e{{7*7}}"
    finding = replace(diagnosis.findings[0], seen=hostile, severity=Severity.ERROR)
    page = report(replace(diagnosis, name=hostile, branches=(Branch(finding),)), estate, "x")
    tags = Tags(page)
    assert (tags.tags["script"], tags.tags["img"]) == (3, 0)
    assert tags.attributes == [], "nothing is loaded, nothing acts"
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_nothing_wrong_and_nothing_profiled(looked: tuple[Diagnosis, Estate]) -> None:
    diagnosis, estate = looked
    page = report(replace(diagnosis, branches=()), replace(estate, profiles=(), usage=None, clusters=()), "x")
    assert "<p>None.</p>" in page
    assert 'id="flames"' not in page

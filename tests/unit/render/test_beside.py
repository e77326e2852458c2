"""Views of several management clusters joined to one."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from kubectl_kcp.advice import advice, command
from kubectl_kcp.errors import ExitCode, FailureKind
from kubectl_kcp.model.finding import Finding, Severity
from kubectl_kcp.model.reference import CONTEXT, Failure, ObjectRef, Ref, Subject
from kubectl_kcp.render.beside import beside, side
from kubectl_kcp.render.joining import joined_metrics, joined_suites
from kubectl_kcp.render.table import Grid
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.view import View, draw

READER = Reader(80, "kubectl capi-kcp")
LOST = Failure(Subject(CONTEXT, name="c"), FailureKind.UNREACHABLE, "gone", context="c")


def finding(severity: Severity, seen: str) -> Finding:
    return Finding(
        "a-code", severity, ObjectRef("Cluster", Ref("ns", "w")), seen, action=advice(command("doctor"), "; kubectl get pods -A")
    )


def view(
    heads: tuple[str, ...], *rows: tuple[str, ...], order: tuple[int, ...] | None = None, note: str = "", found: tuple[Finding, ...] = ()
) -> View:
    items = [dict(zip(heads, row, strict=True)) for row in rows]
    return View(
        parts=lambda wide, reader: [Grid(heads, rows, (False,) * len(heads)), note],
        document=lambda program: {"apiVersion": "v", "kind": "List", "user": f"by {program}", "items": items, "errors": []},
        names=[f"x/{row[0]}" for row in rows],
        findings=found,
        order=order,
    )


def both(shown_as: str, a: View, b: View, *lost: Failure) -> str:
    sides = [side(name, v, shown_as, READER, f"--context {name}") for name, v in (("a", a), ("b", b))]
    return draw(beside(sides, lost, shown_as), shown_as, READER)


def test_a_column_that_one_of_them_has_stands_where_it_stood() -> None:
    text = both("table", view(("N", "Z"), ("1", "2")), view(("N", "X", "Z"), ("3", "4", "5")))
    assert [line.split() for line in text.splitlines()] == [["CONTEXT", "N", "X", "Z"], ["a", "1", "-", "2"], ["b", "3", "4", "5"]]


def test_a_table_without_rows_brings_no_column() -> None:
    assert both("table", view(("N",), ("1",)), view(("N", "X"))).split() == ["CONTEXT", "N", "a", "1"]


def test_one_after_the_other_or_by_the_order_of_all() -> None:
    def rows(shown_as: str, *order: tuple[int, ...] | None) -> str:
        return both(shown_as, view(("N",), ("1",), ("4",), order=order[0]), view(("N",), ("2",), ("3",), order=order[1]))

    assert rows("name", None, None).split() == ["a", "x/1", "a", "x/4", "b", "x/2", "b", "x/3"]
    assert rows("name", (1, 4), (2, 3)).split() == ["a", "x/1", "b", "x/2", "b", "x/3", "a", "x/4"]
    assert [line.split()[1] for line in rows("table", (1, 4), (2, 3)).splitlines()] == ["N", "1", "2", "3", "4"]
    assert [i["N"] for i in json.loads(rows("json", (1, 4), (2, 3)))["items"]] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(("notes", "told"), [(("same", "same"), "same"), (("one", "two"), "a:\none\n\nb:\ntwo"), (("", "two"), "b:\ntwo")])
def test_what_all_say_is_said_once(notes: tuple[str, str], told: str) -> None:
    text = both("table", *(view(("N",), ("1",), note=note) for note in notes))
    assert text.partition("\n\n")[2] == told


def test_json_says_whose_everything_is() -> None:
    found = (finding(Severity.WARNING, "late"),)
    made = json.loads(both("json", view(("N",), ("1",), found=found), view(("N",), found=(finding(Severity.ERROR, "bad"),)), LOST))
    assert made["contexts"] == [
        {"context": "a", "read": True, "user": "by kubectl capi-kcp"},
        {"context": "b", "read": True, "user": "by kubectl capi-kcp"},
        {"context": "c", "read": False},
    ]
    assert made["items"] == [{"context": "a", "N": "1"}]
    assert [(f["context"], f["severity"]) for f in made["findings"]] == [("b", "error"), ("a", "warning")]
    assert made["findings"][0]["commands"] == ["kubectl capi-kcp doctor --context b"]
    assert made["errors"][0]["context"] == "c"


def test_advice_leads_to_its_own_management_cluster() -> None:
    text = both("table", view(("N",), ("1",), found=(finding(Severity.ERROR, "bad"),)), view(("N",)))
    assert "a: Cluster ns/w: bad [a-code]" in text
    assert "do: kubectl capi-kcp doctor --context a; kubectl --context a get pods -A" in text


def test_markdown_and_a_failure_of_a_part() -> None:
    failing = View(document=None, failures=[Failure(Subject("pods"), FailureKind.FORBIDDEN, "no right")])
    text = both("markdown", view(("N",), ("1|2",)), failing, LOST)
    assert "| CONTEXT   | N    |" in text
    assert "- not read: context c: gone" in text
    assert "- not read: b: pods: no right" in text


def test_the_exit_code_of_none_and_of_the_worst() -> None:
    assert beside([], [LOST], "json").outcome is ExitCode.FAILED
    assert draw(beside([], [LOST], "json"), "json", READER) == ""
    worse = side("a", View(document=None, outcome=ExitCode.INCOMPLETE), "table", READER)
    fine = side("b", View(document=None), "table", READER)
    assert beside([fine, worse], [], "table").outcome is ExitCode.INCOMPLETE
    assert beside([fine], [LOST], "table").outcome is ExitCode.OK  # its failure gives 3


def test_openmetrics_families_stand_together() -> None:
    page = '# TYPE x gauge\n# HELP x An x.\nx{a="{b} \\"c\\""} 1\n# TYPE y gauge\n# HELP y A y.\ny 2\n# EOF\n'
    made = joined_metrics([("one", page), ('t"wo', page)], [LOST])
    families = {f.name: f for f in text_string_to_metric_families(made + "\n")}
    assert [(s.labels, s.value) for s in families["x"].samples] == [
        ({"context": "one", "a": '{b} "c"'}, 1),
        ({"context": 't"wo', "a": '{b} "c"'}, 1),
    ]
    assert [s.labels["context"] for s in families["y"].samples] == ["one", 't"wo']
    assert {s.labels["context"]: s.value for s in families["kubectl_kcp_context_read"].samples} == {"one": 1, 't"wo': 1, "c": 0}
    assert made.count("# TYPE x ") == 1


def test_a_family_that_the_first_page_has_not() -> None:
    made = joined_metrics([("a", "# TYPE x gauge\nx 1\n# EOF"), ("b", "# TYPE z gauge\nz 3\n# TYPE x gauge\nx 2\n# EOF")], [])
    assert {f.name: len(f.samples) for f in text_string_to_metric_families(made + "\n")}["z"] == 1


def test_junit_suites() -> None:
    suites = ET.fromstring(joined_suites([("a", '<testsuite name="x" tests="1"><testcase name="t"/></testsuite>')], [LOST]))
    assert [(s.get("name"), s.get("errors")) for s in suites] == [("a", None), ("c", "1")]


def test_a_context_s_name_forges_no_line() -> None:
    name = "a\nb   x/9\x1b[2J"
    lost = Failure(Subject(CONTEXT, name=name), FailureKind.UNREACHABLE, "gone", context=name)
    for shown_as in ("table", "name", "markdown"):
        made = side(name, view(("N",), ("1",), note="note", found=(finding(Severity.ERROR, "bad"),)), shown_as, READER)
        text = draw(beside([made], [lost], shown_as), shown_as, READER)
        assert text
        assert not [line for line in text.splitlines() if line.startswith("b  ")]
    assert joined_metrics([(name, "# TYPE x gauge\nx 1\n# EOF")], [lost]).count("\n") == 5

"""A fleet's table: how many need attention, and those alone."""

from __future__ import annotations

import json

import pytest

from kubectl_kcp.cli.fleet import attended
from kubectl_kcp.cli.main import run
from kubectl_kcp.model.finding import Finding, Severity
from kubectl_kcp.model.reference import ObjectRef, Ref
from kubectl_kcp.render.view import Attention

STALE = "demo:stale-credential"


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(words, "kubectl kcp")
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("command", [("certs", "status"), ("certs", "credentials"), ("cache",)])
def test_only_those_that_need_attention(capsys: pytest.CaptureFixture[str], command: tuple[str, ...]) -> None:
    _, whole, _ = shown(capsys, *command, "--bundle", STALE)
    _, some, _ = shown(capsys, *command, "--bundle", STALE, "--only-problems")
    assert " c000 " in whole
    assert " c000 " not in some
    assert " w1 " in some
    assert "1 of 7 clusters needs attention" in whole
    assert "1 of 7 clusters needs attention" in some
    _, document, _ = shown(capsys, *command, "--bundle", STALE, "--only-problems", "-o", "json")
    assert [i["name"] for i in json.loads(document)["items"]] == ["w1"]
    assert "needs attention" not in shown(capsys, *command, "--bundle", STALE, "--no-headers")[1]


def test_a_fleet_that_is_well_is_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("certs", "status", "--bundle", "demo:issue-8602", "--only-problems")
    said = "none of 10 clusters needs attention\n"
    assert shown(capsys, *words) == (0, said, "")
    assert shown(capsys, *words, "--no-headers") == (0, "", said)


def test_what_is_asked_for_by_fail_on_does_not_depend_on_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("certs", "status", "--bundle", STALE, "--fail-on", "stale")
    assert shown(capsys, *words)[0] == shown(capsys, *words, "--only-problems")[0] == 1


def test_a_note_alone_needs_no_attention_and_a_state_does() -> None:
    refs = [Ref("d", n) for n in "abc"]

    def about(ref: Ref, severity: Severity) -> Finding:
        return Finding("code", severity, ObjectRef("Cluster", ref), "seen")

    findings = [about(refs[0], Severity.INFO), about(refs[1], Severity.WARNING)]
    wanting, attention = attended(refs, lambda r: r, findings, lambda r: r.name == "c", only=True)
    assert wanting == (refs[1], refs[2])
    assert attention.line == "2 of 3 clusters need attention"
    assert Attention(1, 1).line == ""
    assert Attention(0, 2000).line == "none of 2,000 clusters needs attention"

"""Certificates, keys, kubeconfigs and chains are read as the libraries read them that a cluster runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.pki import golang
from tests.unit.pki.golang import Answer
from tests.unit.pki.inputs import inputs
from tests.unit.pki.made import Input

WORDS = ("signer", "file", "pair")
"""Ways whose words are Go's, perhaps with a reason behind them. A kubeconfig's damage is told in our words, a key's in one of the three
that Go has for it."""


@pytest.fixture(scope="module")
def given() -> list[Input]:
    return list(inputs())


def differences(given: list[Input], go: dict[str, Answer]) -> list[str]:
    made = []
    for each in given:
        ours, theirs = golang.ours(each), go[each.name]
        if "error" not in ours or "error" not in theirs:
            if ours != theirs:
                made.append(f"{each.name}: {ours}, Go: {theirs}")
        elif each.way in WORDS and ours["error"] != "empty" and not ours["error"].startswith(theirs["error"]):
            made.append(f"{each.name}: {ours['error']}, Go: {theirs['error']}")
    return made


def test_it_reads_what_go_read(given: list[Input]) -> None:
    known = golang.load()
    assert known.keys() == {i.name for i in given}
    assert not differences(given, known)


def test_the_golden_answers_are_gos(given: list[Input], tmp_path: Path, request: pytest.FixtureRequest) -> None:
    program = golang.built(tmp_path)
    if program is None:
        pytest.skip("Go, or the modules of tests/lab, are not here: the golden answers stand for it")
    answers = golang.asked(program, given)
    if request.config.getoption("--update") and (not golang.GOLDEN.exists() or golang.load() != answers):
        golang.save(answers)
    assert golang.load() == answers, "tests/golden/pki/go-reading.json.xz differs: look, then run with --update"


def test_the_inputs_are_many_and_of_both_sorts(given: list[Input]) -> None:
    answers = golang.load()
    refused = sum("error" in a for a in answers.values())
    assert len({i.name for i in given}) == len(given) > 900
    assert 300 < refused < len(given) - 300

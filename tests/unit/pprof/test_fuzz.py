"""The fuzz loop runs, and finds what it is made to find; the long run is in docs/fuzzing.md."""

from __future__ import annotations

import pytest

from tests.fuzz import fuzz_profile


def test_a_short_run_reaches_profiles_and_refusals() -> None:
    outcomes = fuzz_profile.run(2000, seed=1)
    assert outcomes.total() == 2000
    assert outcomes["read"] > 100
    assert len(outcomes) > 4


def test_another_exception_ends_the_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(data: bytes) -> None:
        raise KeyError(data)

    monkeypatch.setattr(fuzz_profile, "decode", broken)
    with pytest.raises(KeyError):
        fuzz_profile.run(1, seed=1)
    assert "input 0 of seed 1" in capsys.readouterr().err

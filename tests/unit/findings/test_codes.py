"""Codes that a reader mistypes."""

from __future__ import annotations

import pytest

from kubectl_kcp.errors import UsageError
from kubectl_kcp.findings.codes import check_codes
from kubectl_kcp.findings.diagnose import Choice


def test_the_nearest_are_named_and_not_all() -> None:
    with pytest.raises(UsageError, match=r"no finding etcd-credential-stal$") as caught:
        check_codes(["clock-skew", "etcd-credential-stal"])
    hint = caught.value.hint.text("kubectl kcp")
    assert "did you mean etcd-credential-stale" in hint
    assert hint.endswith("kubectl kcp explain lists all")
    assert "webhook" not in hint


def test_what_is_like_none_leads_to_the_list() -> None:
    with pytest.raises(UsageError) as caught:
        check_codes(["zzz"])
    assert caught.value.hint.text("kubectl kcp") == "kubectl kcp explain lists all"


def test_a_choice_that_leaves_nothing_is_refused() -> None:
    """It would say that nothing is wrong."""
    with pytest.raises(UsageError, match="leave no finding"):
        Choice(only=("clock-skew",), skip=("clock-skew", "node-gone")).check()
    Choice(only=("clock-skew", "node-gone"), skip=("clock-skew",)).check()

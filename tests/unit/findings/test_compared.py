"""Two gatherings against each other, where one of them knows less."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_kcp.cli.bundle.judged import judged
from kubectl_kcp.errors import FailureKind
from kubectl_kcp.findings.compared import compared
from kubectl_kcp.knowledge.resources import LEASES
from kubectl_kcp.model.bundle import Change
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.reference import Failure, Subject


@pytest.fixture(scope="module")
def stale(recording: Callable[[str], Path]) -> Estate:
    return judged(str(recording("v1.14.2-stale-credential")))


def without_secrets(estate: Estate) -> Estate:
    clusters = tuple(
        replace(c, secrets_known=False, certificates=tuple(replace(x, not_after=None, usable_until=None) for x in c.certificates))
        for c in estate.clusters
    )
    return replace(estate, clusters=clusters, secrets_read=False)


def test_what_is_gone_from_where_less_was_read_is_not_certain(stale: Estate) -> None:
    well = replace(stale, clusters=())
    blind = replace(well, objects={k: v for k, v in stale.objects.items() if k is not LEASES})
    unread = replace(well, failures=(Failure(Subject("leases"), FailureKind.FORBIDDEN, "forbidden"),))
    for after, certain in ((well, True), (blind, False), (unread, False), (replace(well, secrets_read=False), False)):
        found = compared(stale, after)
        gone = [f for f in found.findings if f.change is Change.GONE]
        assert {f.finding.code for f in gone} == {"etcd-credential-stale"}
        assert {f.certain for f in gone} == {certain}
        back = [f for f in compared(after, stale).findings if f.change is Change.NEW]
        assert {f.certain for f in back} == {certain}


def test_what_neither_has_read_makes_nothing_uncertain(stale: Estate) -> None:
    less = replace(stale, secrets_read=False)
    found = compared(less, replace(less, clusters=()))
    assert [f.certain for f in found.findings if f.change is Change.GONE] == [True]


def test_of_secrets_that_were_not_read_no_end_is_told(stale: Estate) -> None:
    assert compared(stale, without_secrets(stale)).ends == ()
    assert compared(without_secrets(stale), stale).ends == ()
    known = replace(without_secrets(stale), clusters=tuple(replace(c, secrets_known=True) for c in without_secrets(stale).clusters))
    ends = compared(stale, known).ends
    assert ends
    assert all(e.before is not None and e.after is None for e in ends)

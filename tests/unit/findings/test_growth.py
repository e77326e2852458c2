"""Which growth is one, by two figures of a process; what it is told with is tested over real looks in tests/unit/gather/test_growth.py."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_kcp.findings.growth import growth_findings, same_process
from kubectl_kcp.findings.growth_entries import GOROUTINES, MEMORY, WARM_MINUTES
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.growth import Growth
from kubectl_kcp.model.metrics import PodUsage
from kubectl_kcp.model.version import Version

MIB = 1 << 20
KCP = Controller("capi", "kcp", "control-plane-kubeadm", version=Version(1, 14, 2))
THEN = PodUsage(KCP, Pod("capi", "kcp-1"), None, memory=100 * MIB, goroutines=500, uptime=WARM_MINUTES * 60, started=1000.0)


def told(clusters: tuple[int | None, int | None] = (None, None), then: PodUsage = THEN, **now: float) -> list[tuple[str, str]]:
    growth = Growth(then, replace(then, **now), 7200, "bundle old", clusters)  # type: ignore[arg-type] # figures alone
    return [(f.code, f.severity.value) for f in growth_findings([growth])]


@pytest.mark.parametrize(
    ("now", "codes"),
    [
        ({"memory": 164 * MIB}, [MEMORY]),
        ({"memory": 163 * MIB}, []),
        ({"goroutines": 800}, [GOROUTINES]),
        ({"goroutines": 799}, []),
        ({"memory": 40 * MIB, "goroutines": 100}, []),
    ],
)
def test_how_much_is_growth(now: dict[str, float], codes: list[str]) -> None:
    assert [code for code, _ in told(**now)] == codes


def test_much_of_what_is_large_is_not_half_as_much_again() -> None:
    large = replace(THEN, memory=1000 * MIB)
    assert told(then=large, memory=1400 * MIB) == []


def test_a_process_that_fills_its_caches_is_not_judged() -> None:
    assert told(then=replace(THEN, uptime=WARM_MINUTES * 60 - 1), memory=400 * MIB) == []


@pytest.mark.parametrize(
    ("clusters", "severity"), [((10, 40), "info"), ((10, 30), "warning"), ((0, 40), "warning"), ((None, 40), "warning")]
)
def test_clusters_that_grew_as_much_explain_it(clusters: tuple[int | None, int | None], severity: str) -> None:
    assert told(clusters, memory=400 * MIB) == [(MEMORY, severity)]


@pytest.mark.parametrize(
    ("now", "same"),
    [
        (replace(THEN, started=1000.4), True),
        (replace(THEN, started=1060.0), False),
        (replace(THEN, started=None), False),
        (replace(THEN, pod=Pod("capi", "kcp-2")), False),
        (replace(THEN, controller=replace(KCP, version=Version(1, 14, 3))), False),
    ],
    ids=["the same", "a restart", "not told", "another Pod", "another version"],
)
def test_which_process_it_is(now: PodUsage, same: bool) -> None:
    assert same_process(THEN, now) is same

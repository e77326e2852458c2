"""Log levels as arguments and logs tell them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from kubectl_kcp.inventory.flags import parse_flags
from kubectl_kcp.inventory.log_level import started
from kubectl_kcp.knowledge.diagnostics import endpoints
from kubectl_kcp.logs.levels import bounds, log_since, tells
from kubectl_kcp.model.controller import Controller, Leader, Pod
from kubectl_kcp.model.log_level import Bounds
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.model.version import Version

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=timezone.utc)
LEADER = Leader(Ref("capi", "lease"), "a_1", "a", NOW - timedelta(hours=1), NOW, timedelta(seconds=60))
NEW = Version(1, 14, 2)
POD = Pod("capi", "a", "uid-a", started=NOW - timedelta(hours=1), leader=True)
KCP = Controller("capi", "manager", "control-plane-kubeadm", version=Version(1, 14, 2), pods=(POD,), leader=LEADER)
SINCE = log_since(KCP, NOW)
RENEWED = 'I1124 08:28:25.241436   14724 leaderelection.go:300] "Successfully renewed lease" lock="capi/lease"'
OLD_RENEWED = "I1124 08:28:25.241436   14724 leaderelection.go:293] successfully renewed lease capi/lease"
BODY = 'I1124 08:28:40.367348   14724 request.go:1107] "Response Body" controller="clustercache" body="..."'
TRIED = 'I1124 08:28:25.241436   14724 leaderelection.go:267] "Failed to acquire lease" lock="capi/lease"'
OTHER = 'I1124 08:28:30.364549   14724 controller.go:477] "Reconciling" controller="clustercache"'


def _with(args: tuple[str, ...], version: Version = NEW) -> Pod:
    flags = parse_flags(args)
    return replace(POD, flags=flags, endpoints=endpoints(flags, version))


@pytest.mark.parametrize(
    ("args", "level", "by"),
    [
        (("--v=5",), 5, "args"),
        (("-v=5",), 5, "args"),
        (("-v5",), 5, "args"),
        (("--v", "5"), 5, "args"),
        (("--v=2", "--v=4"), 4, "args"),
        (("--leader-elect",), 2, "default"),
        (("--v=$(LEVEL)",), None, "args"),
    ],
)
def test_the_level_at_the_start(args: tuple[str, ...], level: int | None, by: str) -> None:
    found = started(KCP, _with(args))
    assert (found.started_with, found.started_by, found.fixed) == (level, by, "")


def test_the_default_of_other_providers_is_not_known() -> None:
    found = started(replace(KCP, provider="infrastructure-vsphere"), _with(("--leader-elect",)))
    assert (found.started_with, found.started_by) == (None, "")


@pytest.mark.parametrize(
    ("args", "version", "words"),
    [
        (("--insecure-diagnostics=true",), Version(1, 14, 2), "--insecure-diagnostics"),
        (("--diagnostics-address=0",), Version(1, 14, 2), "--diagnostics-address=0 turns"),
        (("--leader-elect",), Version(1, 5, 8), "from v1.6 on"),
    ],
)
def test_why_no_level_can_be_set(args: tuple[str, ...], version: Version, words: str) -> None:
    assert words in started(replace(KCP, version=version), _with(args, version)).fixed


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([OTHER], Bounds(0, 4)),
        ([], Bounds(0, 4)),
        ([OTHER, RENEWED], Bounds(5, 7)),
        ([OLD_RENEWED], Bounds(5, 7)),
        ([RENEWED, BODY, OTHER], Bounds(8, None)),
    ],
)
def test_a_leaders_log_gives_its_level_away(lines: list[str], found: Bounds) -> None:
    assert bounds(KCP, POD, SINCE, lines) == found


@pytest.mark.parametrize(("lines", "found"), [([], Bounds(0, 3)), ([TRIED], Bounds(4, 7)), ([TRIED, BODY], Bounds(8, None))])
def test_a_standbys_log(lines: list[str], found: Bounds) -> None:
    assert bounds(KCP, replace(POD, name="b", leader=False), SINCE, lines) == found


@pytest.mark.parametrize(
    ("controller", "pod", "up_to_now"),
    [
        (KCP, POD, False),
        (KCP, replace(POD, started=NOW), True),
        (KCP, replace(POD, started=None), True),
        (replace(KCP, leader=None), replace(POD, leader=None), True),
        (replace(KCP, flags={"leader-elect-retry-period": "2m"}), POD, True),
    ],
    ids=["a recording", "a young process", "of unknown age", "no Lease", "a slow Lease"],
)
def test_absence_tells_only_where_a_line_must_have_come(controller: Controller, pod: Pod, up_to_now: bool) -> None:
    assert bounds(controller, pod, SINCE, [OTHER], up_to_now) is None
    assert bounds(controller, pod, SINCE, [RENEWED], up_to_now) == Bounds(5, None)


def test_the_controllers_clock_counts_and_not_ours() -> None:
    assert log_since(KCP, NOW + timedelta(minutes=10)) == SINCE


@pytest.mark.parametrize(
    ("to", "before", "leader", "words"),
    [
        (5, Bounds(0, 4), True, "uccessfully renewed lease"),
        (8, Bounds(0, 4), True, "uccessfully renewed lease"),
        (8, Bounds(5, 7), True, "Request Body"),
        (4, Bounds(0, 3), False, "ailed to acquire lease"),
        (4, Bounds(0, 4), True, ""),
        (2, Bounds(5, 7), True, ""),
        (8, Bounds(8, None), True, ""),
        (5, None, True, ""),
    ],
)
def test_what_a_log_shows_only_from_the_new_level_on(to: int, before: Bounds | None, leader: bool, words: str) -> None:
    found = tells(to, before, replace(POD, leader=leader))
    assert (words in found) if words else not found


@pytest.mark.parametrize(
    ("level", "found"),
    [(0, Bounds(0, 4)), (3, Bounds(3, 4)), (5, Bounds(5, 7)), (9, Bounds(7, 7))],
    ids=["0", "3", "5", "bodies have marks"],
)
def test_json_says_from_which_level_on_a_line_is_logged(level: int, found: Bounds) -> None:
    line = f'{{"ts":1795700300204.352,"caller":"x.go:1","msg":"words","v":{level}}}'
    assert bounds(KCP, POD, SINCE, [OTHER, line]) == found

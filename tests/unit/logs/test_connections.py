"""When a ClusterCache connected and disconnected, from text and JSON logs."""

from __future__ import annotations

import json
from datetime import datetime, timezone

from kubectl_kcp.logs.connections import Change, changes, drops
from kubectl_kcp.model.held_kubeconfig import Drops
from kubectl_kcp.model.reference import Ref

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
W1 = Ref("real", "w1")


def text(time: str, message: str, error: str = "") -> str:
    err = f'err="{error}" ' if error else ""
    return f'I1123 {time}.000000    1 cluster_accessor.go:1] "{message}" {err}controller="clustercache" Cluster="real/w1" reconcileID="x"'


def at(hour: int, minute: int) -> datetime:
    return datetime(2026, 11, 23, hour, minute, tzinfo=timezone.utc)


def test_failures_in_a_row_are_one_state() -> None:
    lines = [
        text("22:00:00", "Connected"),
        text("22:10:00", "Disconnected"),
        text("22:11:00", "Connect failed", "refused"),
        text("22:12:00", "Connect failed", 'the \\"last\\" one'),
    ]
    assert changes(lines, NOW) == {W1: Change(False, at(22, 10), 'the "last" one')}


def test_a_connection_forgets_the_failures_before() -> None:
    assert changes([text("22:00:00", "Connect failed", "no"), text("22:01:00", "Connected")], NOW) == {W1: Change(True, at(22, 1))}


def test_json_logs() -> None:
    entry = {"ts": 1795471200000.5, "msg": "Connect failed", "controller": "clustercache", "err": "no", "v": 0}
    line = json.dumps({**entry, "Cluster": {"namespace": "real", "name": "w1"}})
    assert changes([line], NOW) == {W1: Change(False, datetime.fromtimestamp(1795471200.0005, timezone.utc), "no")}  # noqa: TID251


def test_other_lines_are_passed_over() -> None:
    rubbish = [
        "",
        '{"clustercache onnect',
        json.dumps({"msg": "Connected", "controller": "clustercache"}),
        json.dumps({"msg": ["Connected"], "controller": "clustercache", "Cluster": {}}),
        '"Connected" clustercache without a cluster',
        'I1123 22:00:00.000000 1 x.go:1] "Connected to the database" controller="clustercache" Cluster="real/w1" ',
    ]
    assert changes(rubbish, NOW) == {}


def test_when_a_connect_began_is_when_the_kubeconfig_was_read() -> None:
    line = text("22:00:02", "Connected") + ' duration="1m1.5s"'
    assert changes([line], NOW)[W1].began == datetime(2026, 11, 23, 21, 59, 0, 500000, tzinfo=timezone.utc)
    micro = text("22:00:02", "Connected") + ' duration="30.4µs"'
    assert changes([micro], NOW)[W1].began == datetime(2026, 11, 23, 22, 0, 1, 999970, tzinfo=timezone.utc)
    assert changes([text("22:00:02", "Connected") + ' duration="soon"'], NOW)[W1].began is None


def test_a_connection_that_is_made_anew_at_once_was_dropped_by_a_401() -> None:
    lines = [line for minute in (10, 25, 40) for line in (text(f"22:{minute}:00", "Disconnected"), text(f"22:{minute}:01", "Connected"))]
    assert drops(lines, NOW) == {W1: Drops(3, at(22, 10), at(22, 40))}


def test_one_that_was_lost_by_failed_probes_was_not() -> None:
    lines = [text("22:10:00", "Disconnected"), text("22:10:30", "Connect failed", "refused"), text("22:11:00", "Connected")]
    assert drops(lines, NOW) == {}

"""One reader for klog's text, JSON and the etcd client's lines."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_kcp.logs.reader import entries, parse, written_since
from kubectl_kcp.model.reference import Ref
from tests.unit.logs.recorded import recorded

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
AT = datetime(2026, 1, 2, 3, 0, 0, 1000, tzinfo=timezone.utc)
TEXT = 'E0102 03:00:00.001000       1 controller.go:474] "Reconciler error" err="a \\"b\\": c" Cluster="real/w1" attempt=2 logger="x"'
ENTRY = {
    "ts": AT.timestamp() * 1000,
    "caller": "controller.go:474",
    "logger": "x",
    "msg": "Reconciler error",
    "Cluster": {"name": "w1", "namespace": "real"},
    "attempt": 2,
    "err": 'a "b": c',
}


def test_text_and_json_say_the_same() -> None:
    text, data = parse(TEXT, NOW), parse(json.dumps(ENTRY), NOW)
    assert text == data
    assert text is not None
    assert (text.at, text.severity, text.message, text.source, text.logger) == (AT, "E", "Reconciler error", "controller.go:474", "x")
    assert (text.cluster, text.error, text.fields["attempt"]) == (Ref("real", "w1"), 'a "b": c', "2")


def test_klogr_quotes_its_keys() -> None:
    """Cluster API 1.1 and before."""
    line = parse(
        'E0102 03:00:00.001000       1 controller.go:302] controller/kubeadmcontrolplane "msg"="Reconciler error" "error"="a \\"b\\": c" '
        '"name"="w1-cp" "namespace"="real" "reconciler group"="controlplane.cluster.x-k8s.io" "reconciler kind"="KubeadmControlPlane"',
        NOW,
    )
    assert line is not None
    assert (line.at, line.severity, line.message, line.error) == (AT, "E", "Reconciler error", 'a "b": c')
    assert (line.object("KubeadmControlPlane"), line.cluster) == (Ref("real", "w1-cp"), None)


def test_kinds_may_begin_with_a_small_letter() -> None:
    """controller-runtime 0.12, Cluster API 1.2."""
    line = parse('E0102 03:00:00.001000       1 controller.go:317] "Reconciler error" kubeadmControlPlane="real/w1-cp" cluster="w1"', NOW)
    assert line is not None
    assert (line.object("KubeadmControlPlane"), line.cluster) == (Ref("real", "w1-cp"), None)


def test_json_tells_the_verbosity() -> None:
    line = parse(json.dumps({"ts": 0, "msg": "x", "v": 5}), NOW)
    assert line is not None
    assert (line.severity, line.verbosity) == ("I", 5)


def test_a_line_of_the_etcd_client() -> None:
    line = parse('{"level":"warn","ts":"2026-01-02T03:00:00.001Z","caller":"v3","msg":"retrying","target":"t","error":"e"}', NOW)
    assert line is not None
    assert (line.severity, line.at, line.fields["target"], line.error) == ("W", AT, "t", "e")


def test_a_value_of_several_lines_belongs_to_its_line() -> None:
    """As klog writes an aggregated error."""
    lines = ['E0102 03:00:00.001000  1 c.go:4] "Reconciler error" err=<', "\tone: two", "\tthree", ' > Cluster="real/w1"', TEXT]
    first, second = (parse(e, NOW) for e in entries(lines))
    assert first is not None
    assert (first.error, first.cluster) == ("one: two\nthree", Ref("real", "w1"))
    assert second == parse(TEXT, NOW)


@pytest.mark.parametrize(
    ("stamp", "year"), [("E0102 03:00:00.000001", 2026), ("E1231 23:59:59.000001", 2025), ("E0229 00:00:00.000001", None)]
)
def test_a_klog_time_has_the_year_that_fits(stamp: str, year: int | None) -> None:
    line = parse(f"{stamp} 1 x.go:1] words", NOW)
    assert line is not None
    assert (line.at.year if line.at else None) == year


@pytest.mark.parametrize("entry", ["", "panic: x", "[1]", '{"a', "{" * 3000, '[{"msg": 1}]'])
def test_what_is_no_line(entry: str) -> None:
    assert parse(entry, NOW) is None


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80), st.sampled_from(['{"ts": ', "E0102 03:00:00.001000 1 x.go:1] ", 'E0102 03:00:00.001000 1 x.go:1] "m" k=', ""]))
def test_no_line_is_too_strange(noise: str, start: str) -> None:
    parse(start + noise, NOW)


@pytest.mark.parametrize("name", ["throttled-text", "throttled-json"])
def test_each_line_of_a_real_log_is_read(name: str) -> None:
    found = [parse(e, datetime(2026, 11, 26, 14, tzinfo=timezone.utc)) for e in entries(recorded(name))]
    assert len(found) > 100
    assert all(line is not None and line.at is not None and line.severity and line.source and line.message for line in found)
    assert {line.cluster for line in found if line is not None} == {None, *(Ref("default", f"c00{i}") for i in range(3))}


def klog(second: int, words: str = "x") -> str:
    return f'I0102 03:00:{second:02}.500000       1 controller.go:1] "{words}"'


def test_a_log_from_a_time_on() -> None:
    """As the kubelet gives it: lines that continue an older one go with it."""
    log = ["before any time", klog(1, "old"), "\tof the old one", klog(2, "new"), "\tof the new one", klog(1, "of another writer")]
    since = AT.replace(second=2, microsecond=900000)
    assert list(written_since(log, since, NOW)) == log[3:]
    assert list(written_since(log, AT.replace(second=1), NOW)) == log
    assert list(written_since(log, AT.replace(second=3), NOW)) == []


def test_a_log_whose_lines_tell_no_time_is_given_whole() -> None:
    assert list(written_since(["a", "b"], AT, NOW)) == ["a", "b"]


@pytest.mark.parametrize(
    "before", ["2026-11-23T22:08:06.123456789Z ", "[pod/kcp-1/manager] ", "[pod/kcp-1/manager] 2026-11-23T22:08:06.123456789+00:00 "]
)
def test_what_kubectl_puts_before_a_line_is_left_out(before: str) -> None:
    whole = ['E1123 22:08:06.455240    3829 controller.go:494] "Reconciler error" err="x"', "\tof a stack"]
    assert list(entries(f"{before}{line}" for line in whole)) == ["\n".join(whole)]


@pytest.mark.parametrize("at", ["2026-11-23T22:08:06Z", "2026-11-23T22:08:06.000Z", "1.795471686e+09"])
def test_zaps_console_form(at: str) -> None:
    line = parse(f'{at}\tERROR\tcontroller.x\tReconciler error\t{{"error": "no", "Cluster": {{"name": "c", "namespace": "n"}}}}', NOW)
    assert line is not None
    assert (line.message, line.severity, line.source, line.error) == ("Reconciler error", "E", "controller.x", "no")
    assert line.cluster == Ref("n", "c")
    assert line.at == datetime(2026, 11, 23, 22, 8, 6, tzinfo=timezone.utc)


def test_words_with_tabs_are_no_console_form() -> None:
    assert parse("goroutine 1\tERROR-free\tx", NOW) is None


def test_zaps_json_may_tell_seconds() -> None:
    line = parse('{"level": "info", "ts": 1795471686.5, "msg": "x"}', NOW)
    assert line is not None
    assert line.at == datetime(2026, 11, 23, 22, 8, 6, 500000, tzinfo=timezone.utc)

"""``certs`` as a user runs it: exit codes, formats against their schemas, and what is not printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from kubectl_kcp.cli.main import run
from kubectl_kcp.cli.watch import Sight
from tests import schema

DEMO = ("--bundle", "demo:stale-credential")


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(words, "kubectl kcp")
    out, err = capsys.readouterr()
    return code, out, err


def validate(name: str, text: str) -> dict[str, object]:
    document = json.loads(text)
    schema.validate(document, name)
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize("bundle", ["demo:stale-credential", "demo:issue-8602"])
def test_json_is_as_its_schema_says(capsys: pytest.CaptureFixture[str], bundle: str) -> None:
    for command, name in (("status", "certs-status"), ("credentials", "certs-credentials")):
        code, out, _ = call(capsys, "certs", command, "--bundle", bundle, "-o", "json")
        assert code == 0
        assert validate(name, out)["items"]


def test_yaml_is_the_same_document(capsys: pytest.CaptureFixture[str]) -> None:
    _, as_json, _ = call(capsys, "certs", "status", *DEMO, "-o", "json")
    _, as_yaml, _ = call(capsys, "certs", "status", *DEMO, "-o", "yaml")
    assert yaml.safe_load(as_yaml) == json.loads(as_json)


def test_openmetrics_is_read_by_the_reference_parser(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "certs", "status", *DEMO, "-o", "openmetrics")
    families = {f.name: f for f in text_string_to_metric_families(out)}
    states = families["kubectl_kcp_credential_state"].samples
    assert {s.labels["state"] for s in states if s.labels["cluster"] == "w1" and s.value == 1} == {"STALE"}
    assert len(families["kubectl_kcp_certificate_not_after_timestamp_seconds"].samples) == 7 * 5


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 0),
        (("--fail-on", "stale"), 1),
        (("--fail-on", "expired,suspect"), 1),
        (("--fail-on", "expired"), 0),
        (("--fail-on", "expiring", "--expiring-within", "1000d"), 1),
        (("--fail-on", "nonsense"), 2),
        (("-n", "default", "--fail-on", "suspect"), 0),
        (("-n", "real", "-A"), 2),
        (("nope",), 4),
        (("a/b/c",), 2),
        (("-l", "=="), 2),
    ],
)
def test_exit_codes(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int) -> None:
    assert call(capsys, "certs", "status", *DEMO, *words)[0] == code


def test_cluster_arguments_and_names(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "certs", "status", *DEMO, "real/w1", "c001", "-o", "name")
    assert out.split() == ["cluster.cluster.x-k8s.io/c001", "cluster.cluster.x-k8s.io/w1"]


class Live:
    """A recording that claims to be a cluster."""

    live = True

    def __init__(self, source: object) -> None:
        self._source = source

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)


@contextmanager
def live_demo(options: object) -> Iterator[Live]:
    """The demo, as a cluster that does not change."""
    from kubectl_kcp.sources.bundle.open import open_bundle

    with open_bundle("demo:stale-credential") as source:
        yield Live(source)


def test_watch_looks_again_and_fits_the_window(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def watch(look: Callable[[], Sight], interval: float, now: Callable[[], object]) -> None:
        assert interval == 5
        wide, narrow = look().drawing(200), look().drawing(60)
        assert "Cluster real/w1: credential STALE" in wide
        assert narrow.count("\n") > wide.count("\n")
        assert not look().last
        raise KeyboardInterrupt

    monkeypatch.setattr("kubectl_kcp.cli.looking.open_source", live_demo)
    monkeypatch.setattr("kubectl_kcp.cli.watch.watch", watch)
    assert call(capsys, "certs", "status", "--watch", "--interval", "5s")[0] == 130


def test_watch_ends_at_what_fail_on_asks_for_and_leaves_heads_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubectl_kcp.cli.looking.open_source", live_demo)
    code, out, _ = call(capsys, "certs", "status", "--watch", "--no-headers", "--fail-on", "expired,stale")
    assert code == 1
    assert "real     w1 " in out
    assert "NAMESPACE" not in out
    assert "credential STALE:" not in out  # nothing below the table
    code, out, _ = call(capsys, "certs", "status", "--watch", "--fail-on", "stale")
    assert (code, out.count("NAMESPACE"), out.count("real/w1: credential STALE:")) == (1, 1, 1)


@pytest.mark.parametrize("command", ["status", "credentials"])
def test_a_bad_word_for_fail_on_says_what_is_allowed_before_anything_is_read(capsys: pytest.CaptureFixture[str], command: str) -> None:
    code, out, err = call(capsys, "certs", command, "--fail-on", "stale,rotten", "--bundle", "no/such/place")
    assert (code, out) == (2, "")
    assert "'--fail-on': 'rotten' is not one of " in err
    assert "'stale', 'suspect'" in err
    assert "no/such/place" not in err


@pytest.mark.parametrize(("words", "reason"), [(DEMO, "a bundle does not change"), (("-o", "json", *DEMO), "--watch prints tables")])
def test_watch_refuses_what_it_cannot_do(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], reason: str) -> None:
    code, out, err = call(capsys, "certs", "status", "-w", *words)
    assert (code, out) == (2, "")
    assert reason in err


def test_the_table_fits_eighty_columns(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "certs", "status", *DEMO, "--no-headers")
    assert max(len(line) for line in out.splitlines()) <= 80


def test_a_missing_bundle_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "certs", "status", "--bundle", "no/such/place")
    assert (code, out) == (4, "")
    assert err.startswith("error: bundle no/such/place: no such file or folder")

"""Options that lead to a store of metrics, as typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.cli.store import match_of, sent, time_of
from kubectl_kcp.errors import ExitCode, UsageError
from tests.unit.sources.serving import Answers, serving

STORE = ("--since", "2h", "--prometheus", "http://localhost:1")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--prometheus", "http://h"), "--prometheus: only with --since"),
        (("--at", "2026-11-27T00:00:00Z", "--match", 'job="x"'), "--at, --match: only with --since"),
        (("--since", "2h"), "needs a store of metrics"),
        (("--since", "0", "--prometheus", "http://h"), "--since 0s: it must be longer than 0"),
        ((*STORE, "--prometheus-service", "a/b:1"), "--prometheus and --prometheus-service exclude each other"),
        (("--since", "10000d", "--prometheus", "http://h"), "it must be longer than 0"),
        (("--since", "2h", "--prometheus", "ftp://h"), "not an http:// or https:// address"),
        ((*STORE, "--at", "yesterday"), "--at yesterday: not a time"),
        ((*STORE, "--at", "0001-01-01T00:00:00Z"), "--at 0001-01-01T00:00:00Z: not a time"),
        ((*STORE, "--match", "job=x"), "--match job=x: neither a matcher nor a label"),
        ((*STORE, "--header", "nonsense"), "--header must be 'NAME: VALUE'"),
        ((*STORE, "--prometheus-token-file", "/nonexistent"), "--prometheus-token-file /nonexistent cannot be read as a token"),
        ((*STORE, "--bundle", "demo:issue-8602"), "--since and --bundle exclude each other"),
        ((*STORE, "--contexts", "*"), "--since and --contexts or --bundles exclude each other"),
        ((*STORE, "--local"), "--since and --local exclude each other"),
        ((*STORE, "--watch"), "--since and --watch exclude each other"),
        (("-o", "html"), "it needs --since"),
        (("--since", "2h", "--prometheus-service", "nonsense"), "--prometheus-service nonsense: not NAMESPACE/NAME:PORT"),
        (("--since", "2h", "--prometheus-service", "a/b:1", "--bundle", "demo:issue-8602"), "exclude each other"),
    ],
)
def test_what_cannot_be(words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["top", *words], "kubectl kcp") == ExitCode.USAGE
    assert says in capsys.readouterr().err


def test_which_series() -> None:
    match = match_of(('job="a"', '{cluster="b",x!="c"}', "pod=my_pod"))
    assert (match.matchers, match.labels) == (('job="a"', 'cluster="b",x!="c"'), {"pod": "my_pod"})


def test_what_is_sent_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("t0\n")
    assert sent(("X-Scope-OrgID: a:b ",), str(file)) == {"X-Scope-OrgID": "a:b", "Authorization": "Bearer t0"}
    with pytest.raises(UsageError) as caught:
        sent(("secret\x1b",), None)
    assert "secret" not in str(caught.value)


def test_a_time_is_utc() -> None:
    assert time_of("2026-11-27T02:00:00+01:00", "--at").isoformat() == "2026-11-27T01:00:00+00:00"


def test_a_store_that_refuses_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Answers(401, b"no")) as server:
        assert run(["top", "--since", "2h", "--prometheus", server.url], "kubectl kcp") == ExitCode.FAILED
    err = capsys.readouterr().err
    assert "answered 401: no" in err
    assert "--prometheus-token-file" in err


class Playing:
    """Answers of a store to what ``top --since`` asks, in its order."""

    LABELS: ClassVar = {
        "job": "capi-providers",
        "namespace": "capi",
        "pod": "kcp-1-2",
        "provider": "control-plane-kubeadm",
        "instance": "i",
    }
    KEY: ClassVar = {"namespace": "capi", "pod": "kcp-1-2"}

    def __init__(self, at: float) -> None:
        samples = [[at - 7200 + t, "1"] for t in range(0, 7201, 15)]
        self.series = {"status": "success", "data": [self.LABELS]}
        self.started = {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": self.LABELS, "values": samples}]}}
        self.names = {"status": "success", "data": ["process_resident_memory_bytes", "go_goroutines"]}
        self.gauge = {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": self.KEY, "values": samples}]}}

    def bodies(self, last: tuple[int, object]) -> list[tuple[int, bytes]]:
        answers = [(200, self.series), (200, self.started), (200, self.names), (200, self.gauge), last]
        return [(status, json.dumps(body).encode()) for status, body in answers]


AT = "2026-11-27T02:00:00Z"


@pytest.mark.parametrize(
    ("last", "kind", "says"),
    [
        ((200, {"warnings": ["store gateway 2: unavailable"]}), "failed", "the answer is not complete: store gateway 2: unavailable"),
        ((422, {"error": "too many samples"}), "refused", "answered 422: too many samples"),
        ((503, {"error": "try later"}), "unreachable", "answered 503: try later"),
    ],
)
def test_a_part_that_is_missing_is_told_and_gives_3(
    last: tuple[int, dict[str, object]], kind: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    playing = Playing(1795744800.0)
    status, more = last
    body = {**playing.gauge, **more} if status == 200 else {"status": "error", "errorType": "execution", **more}
    with serving(Answers(before=playing.bodies((status, body)))) as server:
        code = run(["top", "--since", "2h", "--at", AT, "--prometheus", server.url, "-o", "json"], "kubectl kcp")
    document = json.loads(capsys.readouterr().out)
    assert code == ExitCode.INCOMPLETE
    (error,) = document["errors"]
    assert (error["kind"], says in error["reason"]) == (kind, True)
    (pod,) = document["items"]
    known = {f["figure"] for f in pod["figures"] if f["now"] is not None}
    assert known == ({"memory", "goroutines"} if status == 200 else known & {"memory", "goroutines"})
    assert len(known) == (2 if status == 200 else 1)
    absent = next(f for f in pod["figures"] if f["figure"] == "cpu")
    assert (absent["query"], absent["now"]) == (None, None)


@pytest.mark.parametrize(
    "samples",
    [
        [[1795744000.0, "1e300"], [1795744015.0, "-5"], [1795744030.0, "NaN"], [1795744045.0, "7"]],
        [[1795744000.0, "1"]] * 40,
        [[1795744000.0 - 15 * n, "1"] for n in range(40)],
        [[1e300, "1"], [-1e300, "1"], [1795744000.0, "1"], [1795744000.01, "1"]],
        [],
    ],
)
def test_a_store_that_tells_nonsense(samples: list[list[object]], capsys: pytest.CaptureFixture[str]) -> None:
    """Start times that are none, samples of one moment, backwards, of no era, and none: no defect of ours."""
    playing = Playing(1795744800.0)
    playing.started["data"]["result"][0]["values"] = samples  # type: ignore[index]
    with serving(Answers(before=playing.bodies((200, playing.gauge)))) as server:
        code = run(["top", "--since", "2h", "--at", AT, "--prometheus", server.url, "-o", "json"], "kubectl kcp")
        assert code in (ExitCode.OK, ExitCode.FAILED)
    assert "defect" not in capsys.readouterr().err

"""A store of metrics that refuses, is slow, lies, or is cut: from real servers on loopback."""

from __future__ import annotations

import datetime as dt
import json
import time
from urllib.parse import parse_qs

import pytest

from kubectl_kcp.errors import BadInput, Busy, Forbidden, KcpError, NotFound, Refused, Timeout, Unreachable, UsageError
from kubectl_kcp.sources.prometheus import Prometheus
from kubectl_kcp.sources.store import Address, checked
from tests.unit.sources.serving import Answers, serving

END = dt.datetime(2026, 11, 27, 2, 0, tzinfo=dt.timezone.utc)
START = END - dt.timedelta(hours=2)


def matrix(*values: tuple[float, str], **more: object) -> bytes:
    result = [{"metric": {"pod": "p"}, "values": values}]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}, **more}).encode()


def asked(answers: Answers, timeout: float = 5.0, **headers: str) -> object:
    with serving(answers) as server:
        return Prometheus(Address(server.url + "/prefix/", headers, None, timeout)).range("up", START, END, 15)


def test_a_query_goes_by_post_with_the_headers() -> None:
    answers = Answers(body=matrix((1.0, "2")))
    with serving(answers) as server:
        found = Prometheus(Address(server.url + "/prefix/", {"Authorization": "Bearer t"})).range('up{a="b"}', START, END, 15)
    assert [s.samples for s in found.series] == [((1.0, 2.0),)]
    assert answers.asked == [("/prefix/api/v1/query_range", "Bearer t")]
    assert parse_qs(answers.posted[0]) == {
        "query": ['up{a="b"}'], "start": ["1795737600.000"], "end": ["1795744800.000"], "step": ["15"]
    }  # fmt: skip


def test_where_only_get_is_let_through() -> None:
    answers = Answers(body=matrix((1.0, "2")), before=[(405, b"method not allowed")])
    with serving(answers) as server:
        store = Prometheus(Address(server.url))
        store.range("up", START, END, 15)
        store.range("up", START, END, 15)
    assert [path.partition("?")[0] for path, _ in answers.asked] == ["/api/v1/query_range"] * 3
    assert (len(answers.posted), "query=up&start=" in answers.asked[-1][0]) == (1, True)


def test_what_is_no_figure_was_not_observed() -> None:
    found = asked(Answers(body=matrix((1.0, "NaN"), (2.0, "+Inf"), (3.0, "1e3"), (4.0, "x"))))
    assert found.series[0].samples == ((3.0, 1000.0),)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"warnings": ["No StoreAPIs matched for this query"]}, ("No StoreAPIs matched for this query",)),
        ({"isPartial": True}, ("the answer is partial",)),
        ({"infos": ["PromQL info: metric might not be a counter"]}, ()),
    ],
)
def test_partial_answers_say_so(more: dict[str, object], says: tuple[str, ...]) -> None:
    assert asked(Answers(body=matrix((1.0, "2"), **more))).warnings == says  # type: ignore[attr-defined]


def refused(words: str, kind: str = "execution") -> bytes:
    return json.dumps({"status": "error", "errorType": kind, "error": words}).encode()


@pytest.mark.parametrize(
    ("answers", "error", "says", "hint"),
    [
        (Answers(400, refused("parse error")), BadInput, "answered 400: parse error", ""),
        (Answers(401, b"Unauthorized"), Forbidden, "answered 401: Unauthorized", "--prometheus-token-file"),
        (Answers(403, b"<html>no</html>"), Forbidden, "answered 403$", "may not read"),
        (Answers(404, b"404 page not found"), NotFound, "answered 404", "the path before /api"),
        (Answers(422, refused("query processing would load too many samples")), Refused, "too many samples", "a shorter --since"),
        (Answers(429, b""), Busy, "answered 429", "try again"),
        (Answers(500, b""), Unreachable, "answered 500", ""),
        (Answers(503, refused("query timed out in expression evaluation")), Unreachable, "answered 503: query timed out", "try again"),
        (Answers(504, b""), Timeout, "answered 504", "a shorter --since"),
        (Answers(302, b"", headers={"Location": "/login"}), BadInput, "answered 302", "redirects are not followed"),
        (Answers(200, b"<!doctype html><p>Sign in"), BadInput, "answered with a web page", "login"),
        (Answers(200, b'{"status":"success","data":{"resultType":"matrix","resu'), BadInput, "is cut, or not Prometheus", ""),
        (Answers(200, b'{"status":"success","data":[1]}'), BadInput, "not as Prometheus' API has it", ""),
        (Answers(200, b"[]"), BadInput, "not Prometheus", ""),
        (Answers(200, refused("query timed out", "timeout")), Timeout, "query timed out", ""),
        (Answers(200, refused("limit", "execution")), Refused, "limit", ""),
        (Answers(200, matrix((1.0, "2")), length=4096), Unreachable, "broke amid the answer", "try again"),
        (Answers(wait=2.0), Timeout, "did not answer within 0.5 s", "--request-timeout"),
        (Answers(body=matrix((1.0, "2")) * 9, trickle=0.02, head=b"HTTP/1.1 200 OK\r\n\r\n"), Timeout, "within 0.5 s", ""),
    ],
)  # fmt: skip
def test_each_way_to_fail_has_its_words(answers: Answers, error: type[KcpError], says: str, hint: str) -> None:
    begun = time.monotonic()
    with pytest.raises(error, match=says) as caught:
        asked(answers, timeout=0.5)
    assert hint in caught.value.hint.text("kubectl kcp")
    assert time.monotonic() - begun < 5


def test_nobody_is_there() -> None:
    with serving(Answers()) as server:
        pass
    with pytest.raises(Unreachable, match=r"cannot be reached: .*Connection refused"):
        Prometheus(Address(server.url)).range("up", START, END, 15)


@pytest.mark.parametrize(
    ("url", "headers", "says"),
    [
        ("prometheus:9090", {}, "not an http:// or https:// address"),
        ("http://user:secret@h", {}, "an address with a password in it is not used"),
        ("http://h/?x=1", {}, "an address ends with its path"),
        ("http://h:x", {}, "[Pp]ort"),
        ("http://prometheus.example", {"Authorization": "Basic c2VjcmV0"}, "Authorization is not sent in clear"),
        ("http://prometheus.example", {"X-Api-Key": "secret"}, "X-Api-Key is not sent in clear"),
    ],
)
def test_addresses_that_are_not_used(url: str, headers: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        checked(Address(url, headers), "--prometheus")
    assert "secret" not in str(caught.value)
    assert "c2VjcmV0" not in str(caught.value)


def test_addresses_that_are() -> None:
    for address in (
        Address("http://h:9090/prometheus", {"X-Scope-OrgID": "a"}),
        Address("http://localhost:1", {"Authorization": "Bearer t"}),
    ):
        assert checked(address, "--prometheus") is address
    assert "Bearer" not in repr(Address("https://h", {"Authorization": "Bearer t"}))

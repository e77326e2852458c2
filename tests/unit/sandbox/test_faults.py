"""What can go wrong on purpose, as a client meets it."""

from __future__ import annotations

import pytest
import urllib3

from tests.lab.certificates import issue
from tests.sandbox.faults import Faults, path
from tests.sandbox.identity import AUTHENTICATED
from tests.unit.sandbox.running import Running

MAPS = "/api/v1/namespaces/a/configmaps"


def test_a_status_for_a_while(api: Running) -> None:
    faults = Faults(api.server)
    fault = faults.status(429, path("/configmaps", "GET"), times=1, retry_after=2)
    answer = api.ask("GET", MAPS)
    assert (answer.status, answer.headers["Retry-After"], answer.json["reason"]) == (429, "2", "TooManyRequests")
    assert api.ask("GET", MAPS).status == 200
    faults.end(fault)
    assert api.server.interceptors == []


def test_a_connection_that_ends(api: Running) -> None:
    Faults(api.server).reset(path("/configmaps"), times=1)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        api.ask("GET", MAPS)
    assert api.ask("GET", MAPS).status == 200


def test_half_an_answer(api: Running) -> None:
    Faults(api.server).half(path("/configmaps"), times=1)
    with pytest.raises(urllib3.exceptions.HTTPError):
        api.ask("GET", MAPS)


def test_no_answer_ends_with_the_server(api: Running) -> None:
    Faults(api.server).hang(path("/configmaps"))
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        api.ask("GET", MAPS, timeout=0.3)


def test_something_else_than_json(api: Running) -> None:
    Faults(api.server).garbage(path("/configmaps"))
    assert api.ask("GET", MAPS).body.startswith(b"<html>")


def test_it_comes_back_on_its_port(api: Running) -> None:
    url = api.server.url
    api.loop.run(api.server.stop())
    with pytest.raises(urllib3.exceptions.NewConnectionError):
        api.ask("GET", MAPS)
    api.loop.run(api.server.start())
    assert (api.server.url, api.ask("GET", MAPS).status) == (url, 200)


def test_a_certificate_of_another_authority_is_refused_with_an_alert(api: Running) -> None:
    pool = api.pool_of(issue("jane", issue("sandbox-ca"), (AUTHENTICATED,)))
    with pytest.raises(urllib3.exceptions.HTTPError) as caught:
        pool.request("GET", api.server.url + MAPS)
    reasons = [str(e) for e in (caught.value, caught.value.__cause__, caught.value.__context__, *caught.value.args)]
    assert any("ALERT_UNKNOWN_CA" in reason for reason in reasons), reasons

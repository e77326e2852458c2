"""Requests against a real HTTP server on loopback."""

from __future__ import annotations

import json
import socket
import ssl

import pytest

from kubectl_kcp.errors import Forbidden, KcpError, NotFound, Refused, Timeout, Unreachable
from kubectl_kcp.kube.api import TRIES, Api, Gone, failure
from kubectl_kcp.kube.kubeconfig import Login
from kubectl_kcp.machine.later import Later
from kubectl_kcp.machine.memory_file import memory_file
from tests import authority
from tests.unit.sources.serving import Answers, serving


def api(answers: Answers) -> Api:
    return Api(
        Login(answers.url, None, lambda: "Bearer t", name="context c", impersonate_user="u", impersonate_groups=("a", "b")),
        request_timeout=5,
    )


@pytest.mark.parametrize(
    ("status", "kind", "asked"),
    [(401, Forbidden, 1), (403, Forbidden, 1), (404, NotFound, 1), (410, Gone, 1), (429, Refused, TRIES), (500, Unreachable, TRIES)],
)
def test_a_read_is_tried_again_only_where_that_can_help(status: int, kind: type[KcpError], asked: int) -> None:
    with serving(Answers(status=status, body=b'{"kind":"Status","message":"why"}')) as answers:
        with pytest.raises(kind, match="why"):
            api(answers).get("/x")
        assert len(answers.asked) == asked


def test_each_group_has_a_header_of_its_own() -> None:
    assert api(Answers(url="http://x")).headers().getlist("Impersonate-Group") == ["a", "b"]


def test_what_a_status_leaves_to_its_causes_is_told() -> None:
    """Which PodDisruptionBudget it is that refuses an eviction; what the message says already is not said twice."""
    causes = [{"message": "The budget b needs 2."}, {"message": "evict pod"}]
    body = json.dumps({"kind": "Status", "message": "Cannot evict pod.", "details": {"causes": causes}}).encode()
    assert str(failure("POST", "/x", 429, body)) == "Cannot evict pod. The budget b needs 2."


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_is_not_there_is_told_in_the_system_s_words(scheme: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and not listening
        url = f"{scheme}://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Unreachable, match=r"\(context c\) cannot be reached: Connection refused$"):
            Api(Login(url, None, lambda: "", name="context c")).get("/x")


HEAD = b"HTTP/1.1 200 OK\r\n"
TRICKLES = {
    "the head": (HEAD, b"X-Long: " + b"y" * 2000),
    "a body of known length": (HEAD + b"Content-Length: 2000\r\n\r\n", b"z" * 2000),
    "a body that ends with the connection": (HEAD + b"Connection: close\r\n\r\n", b"z" * 2000),
    "a body in chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nz\r\n" * 400),
}


def tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's and the client's side."""
    made = authority.certificate()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with memory_file(made.pem + made.key_pem) as path:
        server.load_cert_chain(path)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    return server, client


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("kind", list(TRICKLES))
def test_an_answer_that_trickles_ends_at_the_deadline(kind: str, secure: bool) -> None:
    """Every byte after its head takes 20 ms, 40 s in all."""
    server, client = tls() if secure else (None, None)
    head, body = TRICKLES[kind]
    with serving(Answers(trickle=0.02, head=head, body=body), server) as answers:
        made = Api(Login(answers.url, client, lambda: "", name="context c"), request_timeout=1.0)
        for _ in range(2):
            with pytest.raises(Timeout, match="did not answer GET /x in time"):
                made.request("GET", "/x")
        with pytest.raises(Timeout, match="did not answer GET /log in time"), made.stream("/log") as chunks:
            assert b"".join(chunks) is None
        assert [path for path, _ in answers.asked] == ["/x", "/x", "/log"]


def test_tries_share_one_deadline() -> None:
    """Each try breaks after 0.6 s without an answer: a second begins within the second given, a third does not."""
    with serving(Answers(wait=0.6, body=b"", length=1)) as answers:
        with pytest.raises(KcpError):
            Api(Login(answers.url, None, lambda: "", name="context c"), request_timeout=1.0).get("/x")
        assert len(answers.asked) <= 2


def test_without_a_limit_a_slow_answer_is_waited_for() -> None:
    with serving(Answers(trickle=0.02, head=TRICKLES["a body that ends with the connection"][0], body=b"{}" + b" " * 60)) as answers:
        assert Api(Login(answers.url, None, lambda: "", name="context c"), request_timeout=0).get("/x") == {}


def test_what_is_released_is_closed_and_opened_anew() -> None:
    """Both requests are answered; between them the server sees the first connection end."""
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    with socket.create_server(("127.0.0.1", 0)) as server:
        asking = Api(Login(f"http://127.0.0.1:{server.getsockname()[1]}", None, lambda: "", name="context c"), request_timeout=30)
        for _ in range(2):
            asked = Later(lambda: asking.get("/x"))
            connection, _ = server.accept()
            with connection:
                connection.settimeout(30)
                assert connection.recv(65536).startswith(b"GET /x ")
                connection.sendall(body)
                assert asked.result() == {}
                asking.release()
                assert connection.recv(1) == b""

"""Every way an attempt to reach etcd can end, each made for real: etcd 3.4 and 3.6 with mutual TLS."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace  # noqa: TID251 - of a dataclass
from pathlib import Path

import pytest

from kubectl_kcp.etcd.attempt import StageError, attempt
from kubectl_kcp.etcd.leaf import Leaf, issue
from kubectl_kcp.model.etcd import Refusal, Stage
from tests.etcd.servers import WAIT, Pair, free_port, make, programs, reach, running

PROGRAMS = programs()
real = pytest.mark.skipif(not PROGRAMS, reason="no etcd program on this machine")


def now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


@pytest.fixture(scope="module")
def ca() -> Pair:
    return make("etcd-ca")


@pytest.fixture
def credential(ca: Pair) -> Leaf:
    return issue(ca.certificate_pem, ca.key_pem, now())


@pytest.fixture(scope="module", params=sorted(PROGRAMS))
def etcd(request: pytest.FixtureRequest, ca: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    with running(PROGRAMS[request.param], tmp_path_factory.mktemp("etcd") / "data", make("m0", ca), ca) as port:
        yield request.param, port


@real
def test_a_credential_of_our_own_reaches_etcd(etcd: tuple[str, int], credential: Leaf) -> None:
    version, port = etcd
    found = reach(port, credential)
    assert found.stage is Stage.REACHED, found
    assert found.status is not None
    assert found.status.version.startswith(version)
    assert found.status.leader_id == found.status.member_id
    assert found.status.db_size > 0
    assert (found.status.db_size_quota is not None) is (version >= "3.6")
    assert [m.name for m in found.members] == ["m0"]
    assert found.alarms == ()
    assert found.certificate is not None
    assert found.certificate.subject == "CN=m0"


def sign_with(other: Pair, trust: Pair, shift: float = 0) -> Leaf:
    made = issue(other.certificate_pem, other.key_pem, now() + dt.timedelta(seconds=shift))
    return replace(made, ca_pem=trust.certificate_pem)


@real
@pytest.mark.parametrize("name", ["etcd-ca", "another-ca"])
def test_etcd_refuses_the_credential_of_another_ca(etcd: tuple[str, int], ca: Pair, name: str) -> None:
    version, port = etcd
    found = reach(port, sign_with(make(name), ca))
    assert (found.stage, found.status) == (Stage.TLS, None)
    assert found.refusal is (Refusal.CLIENT_UNKNOWN_CA if version >= "3.6" else Refusal.CLIENT_BAD)
    assert found.speaks_of_etcd
    assert found.certificate is not None


@real
def test_a_server_of_another_ca_is_not_believed(etcd: tuple[str, int]) -> None:
    other = make("etcd-ca")
    found = reach(etcd[1], issue(other.certificate_pem, other.key_pem, now()))
    assert (found.stage, found.refusal) == (Stage.TLS, Refusal.SERVER_UNKNOWN_CA)


@real
def test_a_credential_that_has_ended(etcd: tuple[str, int], ca: Pair) -> None:
    version, port = etcd
    found = reach(port, sign_with(ca, ca, shift=-10 * 3600))
    assert found.refusal is (Refusal.CLIENT_EXPIRED if version >= "3.6" else Refusal.CLIENT_BAD)


@real
@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_ten_minutes_off_is_no_refusal(etcd: tuple[str, int], ca: Pair, minutes: int) -> None:
    assert reach(etcd[1], sign_with(ca, ca, shift=minutes * 60)).reached


@real
def test_a_member_tells_its_clock(etcd: tuple[str, int], ca: Pair) -> None:
    ahead = reach(etcd[1], sign_with(ca, ca)).ahead
    assert ahead is not None
    assert abs(ahead) < 2, "it runs on this machine"


@real
@pytest.mark.parametrize(
    ("start", "end", "refusal"), [(-9000, -10, Refusal.SERVER_EXPIRED), (900, 9000, Refusal.SERVER_NOT_YET_VALID)], ids=["ended", "future"]
)
def test_etcds_own_certificate_out_of_its_time(
    ca: Pair, credential: Leaf, tmp_path: Path, start: float, end: float, refusal: Refusal
) -> None:
    with running(PROGRAMS[max(PROGRAMS)], tmp_path / "etcd", make("m0", ca, start=start, end=end), ca) as port:
        found = reach(port, credential)
    assert (found.stage, found.refusal) == (Stage.TLS, refusal)
    assert found.certificate is not None
    assert found.certificate.not_after < now() + dt.timedelta(seconds=max(end, 0) + 1)


def test_a_stopped_etcd_says_nothing_of_etcd(credential: Leaf) -> None:
    found = reach(free_port(), credential)
    assert found.stage is Stage.DIAL
    assert not found.speaks_of_etcd
    assert "refused" in found.reason.lower()


def test_the_stage_of_a_failed_dial_is_kept(credential: Leaf) -> None:
    def dial() -> socket.socket:
        raise StageError(Stage.PORT_FORWARD, "the Pod is gone")

    found = attempt("m0", dial, credential, WAIT)
    assert (found.stage, found.reason) == (Stage.PORT_FORWARD, "the Pod is gone")


@contextmanager
def answering(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]

        def serve() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    with connection:
                        handle(connection)
            except OSError:
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield port
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b"\x15\x03\x01"], ids=["http", "nothing", "cut"])
def test_a_peer_that_speaks_no_tls(credential: Leaf, answer: bytes) -> None:
    def handle(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(answer)

    with answering(handle) as port:
        found = reach(port, credential)
    assert found.stage is Stage.TLS
    assert found.status is None


def test_a_peer_that_never_answers_ends_at_the_deadline(credential: Leaf) -> None:
    hold = threading.Event()
    with answering(lambda _c: hold.wait(10) and None) as port:
        found = attempt("m0", lambda: socket.create_connection(("127.0.0.1", port), WAIT), credential, 0.2)
        hold.set()
    assert found.stage is Stage.TLS
    assert "timed out" in found.reason


def test_the_key_shows_nowhere(credential: Leaf) -> None:
    assert "PRIVATE" in credential.key_pem.decode()
    assert "PRIVATE" not in repr(credential)


def test_rubbish_for_a_ca_is_told_without_its_bytes() -> None:
    with pytest.raises(ValueError, match="cannot be read") as caught:
        issue(b"-----BEGIN CERTIFICATE-----\nsecret\n-----END CERTIFICATE-----\n", b"s3cret", now())
    assert "s3cret" not in str(caught.value)

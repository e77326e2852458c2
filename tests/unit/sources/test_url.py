"""A profile over HTTP and TLS, from real servers on loopback."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kubectl_kcp.errors import BadInput, Busy, Forbidden, KcpError, NotFound, Timeout, Unreachable, UsageError
from kubectl_kcp.sources.interface import ProfileKind
from kubectl_kcp.sources.url import Endpoint, fetch, kind_in, profile_path
from tests.unit.sources.serving import Answers, serving

CPU, HEAP = ProfileKind.CPU, ProfileKind.HEAP


@pytest.mark.parametrize(
    ("url", "kind", "path"),
    [
        ("http://h:1", CPU, "/debug/pprof/profile?seconds=10"),
        ("http://h:1/", HEAP, "/debug/pprof/heap"),
        ("http://h:1/debug/pprof/", CPU, "/debug/pprof/profile?seconds=10"),
        ("http://h:1/proxy/debug/pprof", HEAP, "/proxy/debug/pprof/heap"),
        ("http://h:1/debug/pprof/profile", CPU, "/debug/pprof/profile?seconds=10"),
        ("http://h:1/debug/pprof/profile?seconds=3", CPU, "/debug/pprof/profile?seconds=3"),
        ("http://h:1/debug/pprof/goroutine", ProfileKind.GOROUTINE, "/debug/pprof/goroutine"),
    ],
)
def test_a_url_names_the_server_the_folder_or_the_profile(url: str, kind: ProfileKind, path: str) -> None:
    assert profile_path(urlsplit(url), kind, 10.0) == path


def test_a_full_path_names_its_kind() -> None:
    assert kind_in("http://h/debug/pprof/profile?seconds=3") is CPU
    assert kind_in("http://h/debug/pprof/mutex/") is ProfileKind.MUTEX
    assert kind_in("http://h:40001") is None


def test_fetch_sends_the_token_and_tells_the_time() -> None:
    ticks: list[float] = []
    with serving(Answers(wait=0.35)) as server:
        assert fetch(Endpoint(server.url, token="t0"), CPU, 1.0, ticks.append) == b"profile"
    assert server.asked == [("/debug/pprof/profile?seconds=1", "Bearer t0")]
    assert len(ticks) >= 2
    assert ticks == sorted(ticks)


@pytest.mark.parametrize(
    ("answers", "error", "says"),
    [
        (Answers(401, b"Unauthorized"), Forbidden, "HTTP 401 Unauthorized"),
        (Answers(403, b"no right"), Forbidden, "HTTP 403 Forbidden: no right"),
        (Answers(404, b"<html>nothing</html>"), NotFound, "HTTP 404 Not Found$"),
        (Answers(500, b"something broke"), BadInput, "HTTP 500 Internal Server Error: something broke"),
        (Answers(302, b"", headers={"Location": "http://127.0.0.1:1/"}), BadInput, "HTTP 302"),
        (Answers(200, b"half", length=100), Unreachable, "broke 96 bytes before the profile's end"),
    ],
)
def test_refusals_say_what_the_server_said(answers: Answers, error: type[KcpError], says: str) -> None:
    with serving(answers) as server, pytest.raises(error, match=says):
        fetch(Endpoint(server.url), HEAP, 0.0)


def test_a_server_that_hangs_meets_the_deadline() -> None:
    started = time.monotonic()
    with serving(Answers(wait=1.5)) as server, pytest.raises(Timeout, match="no profile within"):
        fetch(Endpoint(server.url, timeout=0.4), HEAP, 0.0)
    assert time.monotonic() - started < 5


def test_a_server_that_drips_meets_the_deadline() -> None:
    """Each byte comes in time, the profile never does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                try:
                    for _ in range(100):
                        connection.sendall(b"x")
                        time.sleep(0.05)
                except OSError:
                    pass

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(Timeout):
                fetch(Endpoint(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.5), HEAP, 0.0)
        finally:
            thread.join()


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unreachable, match="refused") as caught:
        fetch(Endpoint(f"http://localhost:{port}"), HEAP, 0.0)
    assert "port-forward" in caught.value.hint.text("kubectl kcp")


def test_an_answer_that_is_no_http() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(Unreachable, match="SSH"):
            fetch(Endpoint(f"http://127.0.0.1:{listener.getsockname()[1]}"), HEAP, 0.0)
        thread.join()


@pytest.mark.parametrize("url", ["localhost:40001", "ftp://h/x", "http://", "http://h:99999", "http://user:pw@h"])
def test_addresses_that_cannot_be(url: str) -> None:
    with pytest.raises(UsageError):
        fetch(Endpoint(url), HEAP, 0.0)


def test_a_token_never_goes_out_in_clear() -> None:
    with pytest.raises(UsageError, match="in clear"):
        fetch(Endpoint("http://192.0.2.1:8443", token="secret"), HEAP, 0.0)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key, as the diagnostics endpoint has."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    files = (folder / "tls.crt", folder / "tls.key")
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    no_password = serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password))
    return files


def server_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def test_tls_is_verified_unless_told_otherwise(certificate: tuple[Path, Path]) -> None:
    with serving(Answers(), server_tls(certificate)) as server:
        with pytest.raises(Unreachable, match="cannot be verified") as caught:
            fetch(Endpoint(server.url, token="t0"), HEAP, 0.0)
        assert "--ca-file" in caught.value.hint.text("kubectl kcp")
        assert server.asked == [], "no token went to a server of unknown identity"
        assert fetch(Endpoint(server.url, ca_file=str(certificate[0])), HEAP, 0.0) == b"profile"
        assert fetch(Endpoint(server.url, insecure=True, token="t0"), HEAP, 0.0) == b"profile"


def test_https_to_a_plain_port_says_so() -> None:
    with serving(Answers()) as server, pytest.raises(Unreachable, match="TLS") as caught:
        fetch(Endpoint(server.url.replace("http:", "https:"), insecure=True), HEAP, 0.0)
    assert "plain http" in caught.value.hint.text("kubectl kcp")


def test_a_ca_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("rubbish")
    for path in (tmp_path / "ca.crt", tmp_path / "missing"):
        with pytest.raises(BadInput, match="--ca-file"):
            fetch(Endpoint("https://127.0.0.1:1", ca_file=str(path)), HEAP, 0.0)


IN_USE = (500, b"Could not enable CPU profiling: cpu profiling already in use\n")


def test_a_profiler_in_use_is_waited_for() -> None:
    """A site that collects profiles all the time leaves gaps."""
    with serving(Answers(body=b"p", before=[IN_USE])) as server:
        assert fetch(Endpoint(server.url), ProfileKind.CPU, 1.0) == b"p"
        assert len(server.asked) == 2


def test_a_profiler_that_stays_in_use_is_one_clear_line() -> None:
    with serving(Answers(*IN_USE)) as server, pytest.raises(Busy, match="another CPU profile of this process is being taken") as caught:
        fetch(Endpoint(server.url, timeout=0.5), ProfileKind.CPU, 1.0)
    assert "Parca" in caught.value.hint.text("x")
    assert "x profile allocs" in caught.value.hint.text("x")

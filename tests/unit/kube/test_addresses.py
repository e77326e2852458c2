"""A kubeconfig's ``server`` and ``proxy-url``: what is no URL is said in one line, and a password in one is shown nowhere."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_kcp.errors import BadInput, Unreachable
from kubectl_kcp.kube.addresses import proxy_address, server_address
from kubectl_kcp.kube.api import Api
from kubectl_kcp.kube.kubeconfig import Login, from_bytes

NO_URLS = (
    "https://[::1",
    "https://a b:6443",
    "https://host:99999",
    "https://host:x",
    "ftp://x",
    "https:///x",
    "https://%zz",
    "https://x\x1b]0;t",
)


@pytest.mark.parametrize("address", NO_URLS)
def test_what_is_no_url_is_said(address: str) -> None:
    with pytest.raises(BadInput, match=r"the kubeconfig's cluster c: server .* is no http or https URL with a host"):
        server_address("c", {"server": address}, {})
    with pytest.raises(BadInput, match="proxy-url"):
        proxy_address("c", {"proxy-url": address})


def test_a_socks_proxy_is_not_supported() -> None:
    with pytest.raises(BadInput) as caught:
        proxy_address("c", {"proxy-url": "socks5://jane:secret@127.0.0.1:1080"})
    assert caught.value.hint
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("cluster", "user", "url"),
    [
        ({"server": "10.0.0.1:6443"}, {}, "http://10.0.0.1:6443"),
        ({"server": "10.0.0.1:6443", "certificate-authority-data": "eA=="}, {}, "https://10.0.0.1:6443"),
        ({"server": "10.0.0.1:6443", "insecure-skip-tls-verify": True}, {}, "https://10.0.0.1:6443"),
        ({"server": "api"}, {"client-certificate": "/a"}, "https://api"),
        ({"server": "https://api:6443/k8s/"}, {}, "https://api:6443/k8s"),
    ],
)
def test_a_server_without_a_scheme_is_led_to_as_client_go_does(cluster: dict[str, Any], user: dict[str, Any], url: str) -> None:
    assert server_address("c", cluster, user) == (url, None)


def login(cluster: str, user: str = "{}") -> Login:
    entries = f"clusters: [{{name: c, cluster: {cluster}}}]\nusers: [{{name: c, user: {user}}}]"
    return from_bytes(f"current-context: c\ncontexts: [{{name: c, context: {{cluster: c, user: c}}}}]\n{entries}".encode(), "test")


def test_a_password_in_the_server_s_url_identifies_and_is_not_shown() -> None:
    found = login("{server: 'https://jane:a%3Ab@api:6443'}")
    assert found.server == "https://api:6443"
    assert found.authorization() == "Basic " + base64.b64encode(b"jane:a:b").decode()
    assert login("{server: 'https://jane:x@api:6443'}", "{token: t}").authorization() == "Bearer t"


@pytest.fixture
def proxy() -> Iterator[tuple[int, list[bytes]]]:
    """One that refuses; what it was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as near:

        def serve() -> None:
            stream, _ = near.accept()
            with stream:
                asked.append(stream.recv(4096))
                stream.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        yield near.getsockname()[1], asked
        thread.join()


def test_a_proxy_gets_its_password_and_is_named_where_it_fails(proxy: tuple[int, list[bytes]]) -> None:
    port, asked = proxy
    api = Api(login(f"{{server: 'https://api:6443', proxy-url: 'http://jane:secret@127.0.0.1:{port}'}}"), 5)
    with pytest.raises(Unreachable, match=r"cannot be reached through the kubeconfig's proxy-url: .*407") as caught:
        api.send("POST", "/apis", {})
    assert base64.b64encode(b"jane:secret") in asked[0]
    assert "secret" not in str(caught.value)

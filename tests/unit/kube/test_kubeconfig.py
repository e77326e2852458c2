"""Kubeconfigs: what a credential plugin gives, and what a Secret's kubeconfig may not ask for."""

from __future__ import annotations

import base64
import json
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kcp.errors import BadInput, KcpError, NotFound
from kubectl_kcp.kube.api import Api
from kubectl_kcp.kube.kubeconfig import Wanted, find_login, from_bytes
from tests.lab.certificates import Pair, b64, issue


class Who(BaseHTTPRequestHandler):
    """Answers with the client certificate's name and the Authorization header."""

    def do_GET(self) -> None:
        certificate = self.connection.getpeercert() or {}  # type: ignore[attr-defined]
        names = [value for part in certificate.get("subject", ()) for key, value in part if key == "commonName"]
        content = json.dumps({"name": names, "authorization": self.headers.get("Authorization")}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def ca() -> Pair:
    return issue("test ca")


@pytest.fixture
def server(ca: Pair, tmp_path: Path) -> Iterator[str]:
    pair = issue("server", ca, hosts=("127.0.0.1",))
    (tmp_path / "server.pem").write_bytes(pair.certificate_pem + pair.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    context.load_verify_locations(cadata=ca.certificate_pem.decode())
    context.verify_mode = ssl.CERT_OPTIONAL
    with HTTPServer(("127.0.0.1", 0), Who) as made:
        made.socket = context.wrap_socket(made.socket, server_side=True)
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"https://127.0.0.1:{made.server_address[1]}"
        made.shutdown()
        thread.join()


def kubeconfig(server: str, ca: Pair, user: dict[str, Any]) -> dict[str, Any]:
    cluster = {"server": server, "certificate-authority-data": b64(ca.certificate_pem)}
    return {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": cluster}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": user}],
    }


class Plugin:
    """A program in ``folder`` that prints an ExecCredential and notes each of its runs; ``user`` is what a kubeconfig says of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        program = folder / "plugin"
        program.write_text(f"#!{sys.executable}\nimport pathlib\nhere = pathlib.Path({str(folder)!r})\n{PROGRAM}")
        program.chmod(0o700)
        version = "client.authentication.k8s.io/v1"
        self.user = {"exec": {"apiVersion": version, "command": "./plugin", "interactiveMode": "Never", "installHint": "get it"}}

    def gives(self, **status: str) -> None:
        answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
        (self.folder / "answer").write_text(json.dumps(answer))

    @property
    def runs(self) -> int:
        return len((self.folder / "runs").read_text())


PROGRAM = """
with (here / "runs").open("a") as runs:
    runs.write("x")
print((here / "answer").read_text())
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    return Plugin(tmp_path)


@pytest.fixture
def api(server: str, ca: Pair, plugin: Plugin) -> Api:
    path = plugin.folder / "kubeconfig"
    path.write_text(yaml.safe_dump(kubeconfig(server, ca, plugin.user)))
    return Api(find_login(Wanted(str(path))), 10)


def certificate(name: str, ca: Pair, **more: str) -> dict[str, str]:
    pair = issue(name, ca)
    return {"clientCertificateData": pair.certificate_pem.decode(), "clientKeyData": pair.key_pem.decode(), **more}


def test_a_plugins_client_certificate_is_used(api: Api, plugin: Plugin, ca: Pair) -> None:
    plugin.gives(**certificate("jane", ca))
    assert api.get("/") == {"name": ["jane"], "authorization": None}
    api.get("/")
    assert plugin.runs == 1


def test_files_are_the_kubeconfigs_neighbours(server: str, ca: Pair, tmp_path: Path) -> None:
    """However the kubeconfig was named, and from wherever."""
    pair = issue("jane", ca)
    (tmp_path / "pki").mkdir()
    for name, content in (("ca", ca.certificate_pem), ("crt", pair.certificate_pem), ("key", pair.key_pem)):
        (tmp_path / "pki" / name).write_bytes(content)
    document = kubeconfig(server, ca, {"client-certificate": "pki/crt", "client-key": "pki/key"})
    document["clusters"][0]["cluster"] = {"server": server, "certificate-authority": "pki/ca"}
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(document))
    assert Api(find_login(Wanted(str(tmp_path / "kubeconfig"))), 10).get("/")["name"] == ["jane"]


def test_a_plugins_token_is_used(api: Api, plugin: Plugin) -> None:
    plugin.gives(token="t0ken")
    assert api.get("/") == {"name": [], "authorization": "Bearer t0ken"}


def test_what_has_ended_is_asked_for_anew(api: Api, plugin: Plugin, ca: Pair) -> None:
    ended = (datetime.now(timezone.utc) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    plugin.gives(**certificate("jane", ca, expirationTimestamp=ended))
    assert api.get("/")["name"] == ["jane"]
    plugin.gives(**certificate("joan", ca))
    assert api.get("/")["name"] == ["joan"]
    assert plugin.runs == 2


def test_the_key_is_on_no_disk(api: Api, plugin: Plugin, ca: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "tmp"
    empty.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(empty))
    plugin.gives(**certificate("jane", ca))
    api.get("/")
    assert list(empty.iterdir()) == []


def test_a_plugins_certificate_goes_nowhere_with_another_token(api: Api, plugin: Plugin, ca: Pair) -> None:
    plugin.gives(**certificate("jane", ca))
    api.get("/")
    other = Api(api.login.with_token("other"), 10)
    assert other.get("/") == {"name": [], "authorization": "Bearer other"}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({}, "neither a token nor a client certificate"),
        ({"clientCertificateData": "x"}, "without its key"),
        ({"clientCertificateData": "x", "clientKeyData": "hush"}, "cannot be used together"),
    ],
)
def test_what_a_plugin_may_answer_wrong(api: Api, plugin: Plugin, status: dict[str, str], words: str) -> None:
    plugin.gives(**status)
    with pytest.raises(BadInput, match=words) as failed:
        api.get("/")
    assert "hush" not in str(failed.value)


def test_a_plugin_that_is_not_there(server: str, ca: Pair, plugin: Plugin) -> None:
    plugin.user["exec"]["command"] = "kubectl-kcp-no-such-plugin"
    path = plugin.folder / "kubeconfig"
    path.write_text(yaml.safe_dump(kubeconfig(server, ca, plugin.user)))
    with pytest.raises(NotFound, match="credential plugin failed") as failed:
        Api(find_login(Wanted(str(path))), 10).get("/")
    assert failed.value.hint.text("kubectl kcp") == "get it"


@pytest.mark.parametrize("field", ["exec", "auth-provider", "tokenFile", "client-key", "client-certificate", "certificate-authority"])
def test_a_secrets_kubeconfig_leads_to_nothing_on_this_machine(server: str, ca: Pair, plugin: Plugin, field: str) -> None:
    plugin.gives(token="t0ken")
    value = plugin.user["exec"] if field == "exec" else {"name": "oidc"} if field == "auth-provider" else str(plugin.folder / "answer")
    document = kubeconfig(server, ca, {})
    part = document["clusters"][0]["cluster"] if field == "certificate-authority" else document["users"][0]["user"]
    part[field] = value
    with pytest.raises(KcpError, match=f"has {field}: a Secret's kubeconfig"):
        from_bytes(json.dumps(document).encode(), "real/w1")
    assert not (plugin.folder / "runs").exists()


@pytest.fixture
def pod(tmp_path: Path, ca: Pair, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a Pod's ServiceAccount, and no kubeconfig."""
    for name, content in {"token": "first\n", "namespace": "watchers\n", "ca.crt": ca.certificate_pem.decode()}.items():
        (tmp_path / name).write_text(content)
    monkeypatch.setattr("kubectl_kcp.kube.kubeconfig.ACCOUNT", tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "6443")
    return tmp_path


def test_in_a_pod_its_service_account_asks(pod: Path) -> None:
    login = find_login(Wanted())
    assert (login.server, login.namespace, login.authorization()) == ("https://[fd00::1]:6443", "watchers", "Bearer first")
    (pod / "token").write_text("renewed")
    assert login.authorization() == "Bearer renewed"


def test_a_pod_without_a_token_is_told(pod: Path) -> None:
    (pod / "token").unlink()
    with pytest.raises(NotFound, match="token"):
        find_login(Wanted())


def test_a_legacy_auth_provider_s_token_is_used(tmp_path: Path) -> None:
    """Which the official client reads; it changed its own name for it between two releases."""
    claims = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + 3600}).encode()).decode().rstrip("=")
    provider = {"name": "oidc", "config": {"id-token": f"head.{claims}.signature"}}
    made = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {"auth-provider": provider}}],
    }
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(made))
    assert find_login(Wanted(kubeconfig=str(path))).authorization() == f"Bearer head.{claims}.signature"

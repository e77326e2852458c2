"""``export``: what is served follows the cluster, says what cannot be read, and ends when it is asked to."""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.e2e.lab_target import LabTarget
from tests.e2e.target import Target
from tests.e2e.tool import Tool
from tests.lab.certificates import issue, new_rsa
from tests.lab.cluster import until
from tests.prometheus.conftest import free_port, wait_ready

OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}
SECRET = "/api/v1/namespaces/real/secrets/w1-proxy"
ENDS = "kubectl_kcp_certificate_not_after_timestamp_seconds"


@dataclass
class Exporter:
    process: subprocess.Popen[bytes]
    port: int
    err: Path

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            asked.request("GET", path, headers=headers or {})
            answer = asked.getresponse()
            return answer.status, answer.read().decode()
        finally:
            asked.close()

    def samples(self, name: str, /, **labels: str) -> list[float]:
        families = text_string_to_metric_families(self.get("/metrics", OPENMETRICS)[1])
        found = [s for family in families for s in family.samples if s.name == name]
        return [s.value for s in found if labels.items() <= s.labels.items()]

    def one(self, name: str, /, **labels: str) -> float:
        (value,) = self.samples(name, **labels)
        return value


@contextlib.contextmanager
def exporting(tool: Tool, folder: Path, *args: str) -> Iterator[Exporter]:
    err = folder / "err"
    command = [*tool.program, "export", "-A", "--listen", "127.0.0.1:0", "--window", "1s", "--least", "2s", *args]
    with err.open("wb") as to, subprocess.Popen(command, env=tool.environment, cwd=tool.home, stderr=to) as process:
        try:
            port = until("the address", lambda: re.search(rb"127\.0\.0\.1:(\d+)/metrics", err.read_bytes()))
            yield Exporter(process, int(port[1]), err)
        finally:
            process.kill()


@pytest.fixture
def exporter(bound: Tool, tmp_path: Path) -> Iterator[Exporter]:
    with exporting(bound, tmp_path) as made:
        until("the first look", lambda: made.get("/readyz")[0] == 200)
        yield made


def test_what_is_served(target: Target, exporter: Exporter) -> None:
    assert exporter.get("/healthz") == (200, "ok\n")
    assert exporter.get("/other")[0] == 404
    assert exporter.samples(ENDS, cluster="w1", kind="etcd")
    assert exporter.samples("kubectl_kcp_credential_state", cluster="w1")
    assert 1.0 in exporter.samples("kubectl_kcp_connection_state", cluster="w1", state="UP")
    assert not exporter.samples("kubectl_kcp_connection_state", state="NOT_EXPOSED")
    assert exporter.one("kubectl_kcp_build_info") == 1
    plain = exporter.get("/metrics")[1]
    assert "# EOF" not in plain
    assert f"{ENDS}{{" in plain


def test_without_the_right_to_watch_it_says_so(exporter: Exporter) -> None:
    """A change shows at the next look then."""
    assert exporter.samples("kubectl_kcp_export_watching", kind="secrets") == [0.0]


def test_with_the_manifests_rights_a_change_shows_at_once(target: Target, tool: Tool, bound: Tool, tmp_path: Path) -> None:
    documents = yaml.safe_load_all(tool.run("export", "manifest", "--image", "example/kubectl-kcp:1").ok().out)
    watch = [d for d in documents if d["kind"] in ("ClusterRole", "ClusterRoleBinding") and "watch" in d["metadata"]["name"]]
    watch[1]["subjects"] = [{"kind": "User", "name": "jane", "apiGroup": "rbac.authorization.k8s.io"}]
    target.client.apply_documents(yaml.safe_dump_all(watch))
    before = target.client.get(SECRET)["data"]["tls.crt"]
    with exporting(bound, tmp_path, "--interval", "1h") as exporter:
        until("the first look", lambda: exporter.get("/readyz")[0] == 200)
        until("the watch", lambda: exporter.samples("kubectl_kcp_export_watching", kind="secrets") == [1.0])
        ends = exporter.one(ENDS, cluster="w1", kind="proxy")
        made = issue("front-proxy-ca", key=new_rsa())
        try:
            target.client.patch(SECRET, {"data": {"tls.crt": base64.b64encode(made.certificate_pem).decode()}})
            until("the new end", lambda: exporter.one(ENDS, cluster="w1", kind="proxy") != ends, 60)
        finally:
            target.client.patch(SECRET, {"data": {"tls.crt": before}})
        until("the old end", lambda: exporter.one(ENDS, cluster="w1", kind="proxy") == ends, 60)


def test_an_api_server_that_is_away_leaves_the_last_look(target: Target, bound: Tool, tmp_path: Path) -> None:
    with exporting(bound, tmp_path, "--interval", "2s", "--request-timeout", "5s") as exporter:
        until("the first look", lambda: exporter.get("/readyz")[0] == 200)
        with target.api_server_stopped():
            until("a failed look", lambda: exporter.one("kubectl_kcp_export_failures_total"))
            assert exporter.samples(ENDS, cluster="w1", kind="etcd")
            until("to be told so", lambda: "the last one is served" in exporter.err.read_text(), 10)
        done = exporter.one("kubectl_kcp_export_last_success_timestamp_seconds")
        until("the next look", lambda: exporter.one("kubectl_kcp_export_last_success_timestamp_seconds") > done)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_asked_to(exporter: Exporter, number: signal.Signals) -> None:
    os.kill(exporter.process.pid, number)
    assert exporter.process.wait(20) == (0 if number is signal.SIGTERM else 130)
    assert "Traceback" not in exporter.err.read_text()


def test_an_address_that_is_taken(exporter: Exporter, bound: Tool) -> None:
    ran = bound.run("export", "-A", "--listen", f"127.0.0.1:{exporter.port}").exits(2)
    assert "another port" in ran.err


def test_once(bound: Tool) -> None:
    ran = bound.run("export", "-A", "--once", "--window", "1s").ok()
    families = {family.name for family in text_string_to_metric_families(ran.out)}
    assert {ENDS, "kubectl_kcp_credential_state", "kubectl_kcp_finding", "kubectl_kcp_export_looks"} <= families


@contextlib.contextmanager
def pushgateway(folder: Path) -> Iterator[str]:
    """Debian's; its address."""
    program = shutil.which("prometheus-pushgateway") or shutil.which("pushgateway")
    if program is None:
        pytest.skip("pushgateway (Debian: prometheus-pushgateway) is not installed")
    address = f"127.0.0.1:{free_port()}"
    with (
        (folder / "gateway").open("wb") as log,
        subprocess.Popen([program, f"--web.listen-address={address}"], stdout=log, stderr=log) as process,
    ):
        try:
            wait_ready(f"http://{address}/-/ready", process)
            yield f"http://{address}"
        finally:
            process.terminate()


def test_pushed(bound: Tool, tmp_path: Path) -> None:
    """What the gateway serves then; a second push replaces the first."""
    with pushgateway(tmp_path) as url:
        group = f"{url}/metrics/job/kubectl-kcp/management_cluster/prod-1"
        for _ in range(2):
            assert bound.run("export", "-A", "--once", "--window", "1s", "--push", group).ok().out == ""
        page = urllib3.request("GET", f"{url}/metrics").data.decode()
        found = [line for line in page.splitlines() if line.startswith(ENDS) and 'cluster="w1"' in line and 'kind="etcd"' in line]
        assert len(found) == 1
        assert 'management_cluster="prod-1"' in found[0]
        assert "# TYPE kubectl_kcp_export_looks_total counter" in page
    ran = bound.run("export", "-A", "--once", "--window", "1s", "--push", group).exits(4)
    assert "cannot be reached" in ran.err


def test_where_to_push_is_checked_before_the_look(bound: Tool) -> None:
    assert "group" in bound.run("export", "-A", "--once", "--push", "http://127.0.0.1:1").exits(2).err
    assert "--once" in bound.run("export", "-A", "--push", "http://127.0.0.1:1/metrics/job/a").exits(2).err


@pytest.mark.parametrize("args", [(), ("--push", "http://gateway:9091/metrics/job/kubectl-kcp")])
def test_an_api_server_takes_the_manifest(target: Target, bound: Tool, tool: Tool, args: tuple[str, ...]) -> None:
    """Every field is known to a real one. ``bound``: its Namespace is there."""
    if not isinstance(target, LabTarget):
        pytest.skip("the sandbox knows no schemas")
    printed = tool.run("export", "manifest", "--image", "example/kubectl-kcp:1", *args).ok().out
    said = target.lab.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", "-", stdin=printed)
    assert ("cronjob.batch/kubectl-kcp-exporter created" in said) is bool(args)
    assert ("deployment.apps/kubectl-kcp-exporter created" in said) is not bool(args)

"""The image's root file system, tried with a plain chroot: ``export`` in a Pod as its manifest has it, but for the container."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from tests.e2e.target import Target
from tests.e2e.test_export import ENDS, Exporter
from tests.e2e.tool import Tool
from tests.lab.cluster import until
from tests.prometheus.conftest import free_port

TOOLS = Path(__file__).parents[2] / "tools"
ACCOUNT = "var/run/secrets/kubernetes.io/serviceaccount"
APPLIED = {"Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("setpriv"), reason="chroot and mounts need root on Linux"
    ),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sys.path.insert(0, str(TOOLS))
    try:
        from image_root import make
    finally:
        sys.path.remove(str(TOOLS))
    made = tmp_path_factory.mktemp("image")
    made.chmod(0o755)
    make(made)
    return made


def inside(root: Path, *command: str) -> list[str]:
    from image_root import inside

    return list(inside(root, *command))


def deployment(target: Target, tool: Tool) -> list[str]:
    """The manifest's rights are in force then; the arguments of its container."""
    documents = list(yaml.safe_load_all(tool.run("export", "manifest", "--image", "example/kubectl-kcp:1").ok().out))
    target.client.apply_documents(yaml.safe_dump_all([d for d in documents if d["kind"] in APPLIED]))
    (found,) = [d for d in documents if d["kind"] == "Deployment"]
    return list(found["spec"]["template"]["spec"]["containers"][0]["args"])


def account(target: Target, root: Path) -> dict[str, str]:
    """What a kubelet gives a Pod: the ServiceAccount's files, and where the API server is."""
    folder = root / ACCOUNT
    folder.mkdir(parents=True, exist_ok=True)
    path = "/api/v1/namespaces/kubectl-kcp/serviceaccounts/kubectl-kcp-exporter/token"
    token = target.client.create(path, {"spec": {"expirationSeconds": 3600}})["status"]["token"]
    authority = yaml.safe_load(target.kubeconfig.read_text())["clusters"][0]["cluster"]["certificate-authority-data"]
    for name, content in {"token": token, "ca.crt": b64decode(authority).decode(), "namespace": "kubectl-kcp"}.items():
        (folder / name).write_text(content)
        (folder / name).chmod(0o644)
    server = urlsplit(target.client.server)
    return {"KUBERNETES_SERVICE_HOST": str(server.hostname), "KUBERNETES_SERVICE_PORT": str(server.port)}


def test_export_runs_in_it_and_is_scraped(target: Target, tool: Tool, root: Path, tmp_path: Path) -> None:
    args = deployment(target, tool)
    port = free_port()
    told = [f"{name}={value}" for name, value in account(target, root).items()]
    listens = [a if not a.startswith("--listen=") else f"--listen=127.0.0.1:{port}" for a in args]
    start = "import os, sys; os.environ.update(w.split('=', 1) for w in sys.argv[1].split()); os.execvp(sys.argv[2], sys.argv[2:])"
    err = tmp_path / "err"
    with err.open("wb") as to:
        command = inside(root, "/usr/local/bin/python", "-c", start, " ".join(told), "kubectl-kcp", *listens)
        process = subprocess.Popen(command, stderr=to)
    try:
        exporter = Exporter(process, port, err)
        until("the first look", lambda: answers(exporter), 60)
        assert exporter.samples(ENDS, cluster="w1", kind="etcd")
        assert exporter.one("kubectl_kcp_errors") == 0
        assert exporter.samples("kubectl_kcp_export_watching", kind="secrets") == [1.0]
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert "Uid:\t65532\t65532\t65532\t65532" in status
        assert "CapEff:\t0000000000000000" in status
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert "Traceback" not in err.read_text()
    finally:
        process.kill()
        process.wait()


def answers(exporter: Exporter) -> bool:
    assert exporter.process.poll() is None, exporter.err.read_text()
    try:
        return exporter.get("/readyz")[0] == 200
    except ConnectionError:
        return False


def test_nothing_can_be_written_there(root: Path) -> None:
    for folder in ("/", "/tmp", "/usr/local"):
        done = subprocess.run(
            inside(root, "/usr/local/bin/python", "-c", f"open('{folder}/x', 'w')"), capture_output=True, text=True, check=False
        )
        assert "Read-only file system" in done.stderr

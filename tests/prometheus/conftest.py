"""A real Prometheus (Debian's) over two hours of samples that promtool made of recordings; skipped where it is not installed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.prometheus.stories import Story, steady

PROMETHEUS, PROMTOOL = shutil.which("prometheus"), shutil.which("promtool")
OWN_LABELS = {"job": "capi-providers", "namespace": "{namespace}", "pod": "{pod}", "provider": "{provider}", "instance": "{pod}:8443"}
OTHER_LABELS = {"kubernetes_namespace": "{namespace}", "kubernetes_pod_name": "{pod}", "instance": "{pod}:8080"}
STORIES = {
    "incident": Story(((0, "v1.4.2-0-clusters"), (3600, "v1.4.2-10-clusters")), OWN_LABELS),
    "before": Story(((0, "v1.4.2-10-clusters"),), {**OTHER_LABELS, "job": "before"}),
    "after": Story(((0, "v1.5.8-10-clusters"),), {**OTHER_LABELS, "job": "after"}),
    "healthy": Story(((0, "v1.14.2-healthy"),), {**OWN_LABELS, "job": "healthy"}, restarts=(1800,), gaps=((4500, 5100),)),
}


PAGES = (("certs", "status"), ("doctor",))
"""What a textfile collector would have had of a cluster whose credential is stale."""


def printed(*words: str) -> str:
    """The command's page of OpenMetrics."""
    command = [sys.executable, "-m", "kubectl_kcp", *words, "-A", "--bundle", "demo:stale-credential", "-o", "openmetrics"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            assert process.poll() is None, "it ended"
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} did not answer")


@pytest.fixture(scope="session")
def samples(recording: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All stories in one file of OpenMetrics."""
    path = tmp_path_factory.mktemp("samples") / "samples.txt"
    with path.open("w", encoding="utf-8") as file:
        for story in STORIES.values():
            names = {name for _, name in story.chapters}
            file.writelines(story.lines({name: recording(name) for name in names}))
        for words in PAGES:
            file.writelines(steady(printed(*words)))
        file.write("# EOF\n")
    return path


@contextmanager
def serving(folder: Path, *flags: str, config: str = "scrape_configs: []\n") -> Iterator[str]:
    """A Prometheus over the blocks in ``folder``; its URL. Skips where there is none."""
    if PROMETHEUS is None or PROMTOOL is None:
        pytest.skip("prometheus (Debian's package) is not installed")
    file = folder / "prometheus.yml"
    file.write_text(config, encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    command = [PROMETHEUS, f"--config.file={file}", f"--storage.tsdb.path={folder}", "--storage.tsdb.retention.time=100y"]
    process = subprocess.Popen(
        [*command, f"--web.listen-address={address}", "--log.level=error", *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_ready(f"http://{address}/-/ready", process)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def prometheus(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its URL."""
    if PROMETHEUS is None or PROMTOOL is None:
        pytest.skip("prometheus (Debian's package) is not installed")
    folder = tmp_path_factory.mktemp("tsdb")
    samples = request.getfixturevalue("samples")  # made where it is needed only
    made = ["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h", "-q", samples, folder]
    subprocess.run([PROMTOOL, *made], check=True, capture_output=True)
    with serving(folder) as url:
        yield url

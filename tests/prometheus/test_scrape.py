"""A real Prometheus that scrapes controllers of the sandbox, over TLS and with a token, while one of them stops answering for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

import pytest
import yaml

from tests.e2e.client import Client
from tests.e2e.tool import Tool
from tests.prometheus.conftest import serving
from tests.sandbox.sandbox import Sandbox

ACCOUNT = "/api/v1/namespaces/kubectl-kcp/serviceaccounts/kubectl-kcp-diagnostics/token"
PROVIDER = "cluster.x-k8s.io/provider"
EVERY, FROZEN = 2, 9
"""Seconds."""


def scraping(sandbox: Sandbox, token: Path) -> dict[str, object]:
    """As Cluster API's hack/observability has it, but often."""
    targets = []
    for process in sandbox.machines.processes.values():
        pod = sandbox.store.get("pods", process.namespace, process.name)
        assert pod is not None
        labels = {"namespace": process.namespace, "pod": process.name, "provider": pod["metadata"]["labels"][PROVIDER]}
        targets.append({"targets": [f"127.0.0.1:{process.ports[8443]}"], "labels": labels})
    job = {
        "job_name": "capi-providers",
        "scheme": "https",
        "tls_config": {"insecure_skip_verify": True},
        "authorization": {"credentials_file": str(token)},
        "static_configs": targets,
    }
    return {"global": {"scrape_interval": f"{EVERY}s", "scrape_timeout": f"{EVERY}s"}, "scrape_configs": [job]}


def test_scraped_while_it_runs(recording: Callable[[str], Path], tmp_path: Path) -> None:
    for part in ("sandbox", "home", "kept", "tsdb"):
        (tmp_path / part).mkdir()
    sandbox = Sandbox(recording("v1.14.2-healthy"), tmp_path / "sandbox")
    sandbox.start()
    try:
        tool = Tool(sandbox.kubeconfig, tmp_path / "home", tmp_path / "kept")
        client = Client(sandbox.kubeconfig)
        client.apply_documents(tool.run("access", "manifest").ok().out)
        token = tmp_path / "token"
        token.write_text(client.create(ACCOUNT, {"spec": {"expirationSeconds": 600}})["status"]["token"])
        config = yaml.safe_dump(scraping(sandbox, token))
        with serving(tmp_path / "tsdb", config=config) as url:
            time.sleep(12)
            sandbox.freeze(sandbox.leader())
            time.sleep(FROZEN)
            sandbox.thaw(sandbox.leader())
            live = {i["provider"]: i for i in tool.run("top", "--window", "10s", "-o", "json").ok().json["items"]}
            store = ("top", "--since", "60s", "--prometheus", url)
            document = tool.run(*store, "-o", "json").ok().json
            shown = tool.run(*store).ok().out
    finally:
        sandbox.stop()
    kept = {i["provider"]: i for i in document["items"]}
    assert set(kept) == set(live)
    assert document["scrapeSeconds"] == pytest.approx(EVERY, abs=0.2)
    for provider, now in live.items():
        found = {f["figure"]: f for f in kept[provider]["figures"] if not f["reconciler"]}
        assert found["goroutines"]["now"] == pytest.approx(now["goroutines"], rel=0.02), provider
        assert found["memory"]["now"] == pytest.approx(now["memoryBytes"], rel=0.02), provider
        if provider != "control-plane-kubeadm":  # of which a few points are left; requests come in bursts, each 10 s
            rates = [p for p in found["requests"]["points"] if p is not None]
            assert fmean(rates) == pytest.approx(now["apiRequestsPerSecond"], rel=0.5), provider
    lasting = [_seconds(g) for g in kept["control-plane-kubeadm"]["gaps"] if g["start"] != document["start"]]
    assert any(s == pytest.approx(FROZEN + EVERY, abs=2 * EVERY) for s in lasting), lasting
    assert "[scrapes-missing]" in shown


def _seconds(gap: dict[str, str]) -> float:
    from kubectl_kcp.kube.times import parse_time

    start, end = parse_time(gap["start"]), parse_time(gap["end"])
    assert start is not None
    assert end is not None
    return (end - start).total_seconds()

# ruff: noqa: T201 - a program, no test
"""The exporter on the lab for half an hour, scraped by a real Prometheus that has observability/'s rules, while things change.

    unshare --net bash -c 'ip link set lo up && exec python -m tests.prometheus.exporter_lab'

For each change: how long until the exporter shows it, and which alerts Prometheus has then. Beside that the exporter's memory, what a
quiet minute and a look cost, and how long it takes to end. At last ``top --since 10m`` from that Prometheus beside ``top`` live. Needs the
lab's programs (``tests/lab/build``), Debian's prometheus, and root. Exits 1 where a change takes over a minute or SIGTERM over 2 s.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import math
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import yaml

from tests.e2e.client import Client
from tests.e2e.test_export import ENDS, Exporter, exporting
from tests.e2e.tool import Tool
from tests.lab.certificates import b64, issue, new_rsa, private_pem
from tests.lab.cluster import Lab, until
from tests.lab.objects import CONTROLLERS, PROVIDER
from tests.lab.processes import BIN, LabError
from tests.lab.workload import Workload
from tests.prometheus.conftest import serving

ROOT = Path(__file__).resolve().parents[2]
GOAL, ENDS_WITHIN = 60.0, 2.0
"""Seconds from a change to the page that shows it, and from SIGTERM to the end."""
USABLE = "kubectl_kcp_certificate_usable_until_timestamp_seconds"
SUCCESS = "kubectl_kcp_export_last_success_timestamp_seconds"
ACCOUNT = "/api/v1/namespaces/kubectl-kcp/serviceaccounts/kubectl-kcp-diagnostics/token"
BOOTSTRAP = "bootstrap-kubeadm"
SCHEMA = "exporter"


class Clock:
    """Seconds since the exporter's first look."""

    def __init__(self) -> None:
        self.begun = time.monotonic()

    def now(self) -> float:
        return time.monotonic() - self.begun

    def until(self, minute: float) -> None:
        time.sleep(max(0.0, minute * 60 - self.now()))


def say(clock: Clock, text: str) -> None:
    print(f"{clock.now() / 60:5.1f} min  {text}", flush=True)


# -- what is prepared


def rights(lab: Lab, tool: Tool, client: Client) -> None:
    """What ``export manifest`` grants, to the user jane; her requests are counted apart by the API server."""
    client.apply_documents(tool.run("access", "manifest", "--with-secrets", "--subject", "User:jane").ok().out)
    documents = yaml.safe_load_all(tool.run("export", "manifest", "--image", "example/kubectl-kcp:1").ok().out)
    watch = [d for d in documents if d["kind"] in ("ClusterRole", "ClusterRoleBinding") and "watch" in d["metadata"]["name"]]
    watch[1]["subjects"] = [{"kind": "User", "name": "jane", "apiGroup": "rbac.authorization.k8s.io"}]
    every = ["*"]
    rule = {
        "subjects": [{"kind": "User", "user": {"name": "jane"}}],
        "resourceRules": [{"verbs": every, "apiGroups": every, "resources": every, "clusterScope": True, "namespaces": every}],
        "nonResourceRules": [{"verbs": every, "nonResourceURLs": every}],
    }
    counted = {
        "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
        "kind": "FlowSchema",
        "metadata": {"name": SCHEMA},
        "spec": {"priorityLevelConfiguration": {"name": "workload-low"}, "matchingPrecedence": 500, "rules": [rule]},
    }
    lab.apply(*watch, counted)


def requests(client: Client) -> float:
    """Requests of jane since the API server's start; what is carried by a port-forward is not among them."""
    text = client.raw("/metrics").decode()
    found = re.findall(rf'^apiserver_flowcontrol_dispatched_requests_total{{[^}}]*flow_schema="{SCHEMA}"[^}}]*}} (\S+)', text, re.MULTILINE)
    return sum(map(float, found))


def targets(lab: Lab) -> list[dict[str, Any]]:
    """The controllers' Pods, as Prometheus' discovery of Pods finds them, with the labels of Cluster API's hack/observability."""
    made = []
    for provider, controller in CONTROLLERS.items():
        for pod in lab.pods(provider):
            name = pod["metadata"]["name"]
            forwards = lab.get("-n", controller.namespace, "portforwards.kwok.x-k8s.io", name)["spec"]["forwards"]
            port = next(f["target"]["port"] for f in forwards if 8443 in f["ports"])
            labels = {"namespace": controller.namespace, "pod": name, "provider": pod["metadata"]["labels"][PROVIDER]}
            made.append({"targets": [f"127.0.0.1:{port}"], "labels": labels})
    return made


def config(folder: Path, port: int) -> str:
    exported = {"job_name": "kubectl-kcp-exporter", "scrape_interval": "5s", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
    controllers = {
        "job_name": "capi-providers",
        "scheme": "https",
        "tls_config": {"insecure_skip_verify": True},
        "authorization": {"credentials_file": str(folder / "token")},
        "file_sd_configs": [{"files": [str(folder / "targets.json")], "refresh_interval": "5s"}],
    }
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
            "rule_files": [str(path) for path in sorted((ROOT / "observability").glob("*.rules.yaml"))],
            "scrape_configs": [exported, controllers],
        }
    )


# -- what is watched meanwhile


class Alerts:
    """Prometheus' alerts: when each was first pending, began to fire, and was gone. Times by the clock."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url, self._clock = url, clock
        self.seen: dict[str, dict[str, float]] = {}

    def look(self) -> None:
        with urllib.request.urlopen(f"{self._url}/api/v1/alerts", timeout=10) as answer:
            found = json.load(answer)["data"]["alerts"]
        now = {self._named(alert["labels"]): alert["state"] for alert in found}
        for name, state in now.items():
            if state not in self.seen.setdefault(name, {}):
                self.seen[name][state] = self._clock.now()
                say(self._clock, f"  alert {state}: {name}")
        for name, times in self.seen.items():
            if name not in now and "gone" not in times:
                times["gone"] = self._clock.now()
                say(self._clock, f"  alert gone: {name}")

    @staticmethod
    def _named(labels: dict[str, str]) -> str:
        shown = ("namespace", "cluster", "name", "kind", "state", "code", "provider", "controller")
        return f"{labels['alertname']}({', '.join(labels[k] for k in shown if k in labels)})"

    def firing(self, start: str) -> bool:
        return any(name.startswith(start) and "firing" in times for name, times in self.seen.items())

    def rules(self) -> dict[str, str]:
        """The health of each rule by name, where it is not ok."""
        with urllib.request.urlopen(f"{self._url}/api/v1/rules", timeout=10) as answer:
            groups = json.load(answer)["data"]["groups"]
        return {rule["name"]: rule["health"] for group in groups for rule in group["rules"] if rule["health"] != "ok"}


class Meanwhile:
    """A thread that reads the exporter's memory, keeps Prometheus' targets and looks at its alerts."""

    def __init__(self, lab: Lab, process: psutil.Process, alerts: Alerts, file: Path, clock: Clock) -> None:
        self._lab, self._process, self._alerts, self._file, self._clock = lab, process, alerts, file, clock
        self._over = threading.Event()
        self.memory: list[tuple[float, float]] = []
        """Minute, MiB resident."""

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _run(self) -> None:
        while not self._over.wait(5):
            with contextlib.suppress(psutil.NoSuchProcess):
                self.memory.append((self._clock.now() / 60, self._process.memory_info().rss / 1048576))
            with contextlib.suppress(OSError):
                self._alerts.look()
            with contextlib.suppress(LabError, json.JSONDecodeError, StopIteration):  # the API server may be away
                self._file.write_text(json.dumps(targets(self._lab)))


def cpu(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


# -- what happens


class Story:
    def __init__(self, lab: Lab, workload: Workload, client: Client, exporter: Exporter, clock: Clock) -> None:
        self.lab, self.workload, self.client, self.exporter, self.clock = lab, workload, client, exporter, clock
        self.shown: list[tuple[str, float]] = []

    def change(self, what: str, do: Callable[[], object], shows: Callable[[], object]) -> None:
        """Counted from before the change is made to when the page shows it."""
        assert not shows(), f"{what}: shown before"
        begun = time.monotonic()
        do()
        self.wait(what, shows, begun=begun)

    def wait(self, what: str, shows: Callable[[], object], seconds: float = 300, begun: float | None = None) -> None:
        begun = begun or time.monotonic()
        try:
            until(what, shows, seconds)
        except LabError as error:
            self.shown.append((what, math.inf))
            say(self.clock, f"{error}\n{self.exporter.get('/metrics')[1]}")
            return
        self.shown.append((what, time.monotonic() - begun))
        say(self.clock, f"{what}: shown after {self.shown[-1][1]:.1f} s")

    def certificate(self, secret: str, begin: dt.timedelta, end: dt.timedelta) -> None:
        pair = issue("front-proxy-ca", key=new_rsa(), start=begin, end=end)
        data = {"tls.crt": b64(pair.certificate_pem), "tls.key": b64(private_pem(pair.key))}
        self.client.patch(f"/api/v1/namespaces/default/secrets/{secret}", {"data": data})

    def left(self, cluster: str) -> float:
        """Days that its proxy CA can still be used."""
        (value,) = self.exporter.samples(USABLE, cluster=cluster, kind="proxy") or [0.0]
        return (value - time.time()) / 86400

    def credential(self, state: str) -> bool:
        return self.exporter.samples("kubectl_kcp_credential_state", cluster="w1", state=state) == [1.0]

    def of_controller(self, **code: str) -> list[float]:
        return self.exporter.samples("kubectl_kcp_finding", name=CONTROLLERS[BOOTSTRAP].name, **code)

    def not_ready(self) -> list[float]:
        return self.of_controller(code="controller-not-ready")

    def delete(self, cluster: str) -> None:
        self.client.delete(f"/apis/cluster.x-k8s.io/v1beta2/namespaces/default/clusters/{cluster}")

    def scale(self, replicas: int) -> None:
        controller = CONTROLLERS[BOOTSTRAP]
        self.lab.kubectl("-n", controller.namespace, "scale", "deployment", controller.name, f"--replicas={replicas}")

    def stop_api_server(self) -> None:
        one = self.exporter.one
        with self.lab.api_server_stopped():
            self.wait("API server stopped: a failed look is counted", lambda: one("kubectl_kcp_export_failures_total") > 0, 400)
            assert self.exporter.samples(ENDS, cluster="w1", kind="etcd"), "the last look is not served"
            time.sleep(max(0.0, 60 - self.shown[-1][1]))
            say(self.clock, f"API server still away: the last look is served, {time.time() - one(SUCCESS):.0f} s old")
        done = one(SUCCESS)
        self.wait("API server back: a look succeeds", lambda: one(SUCCESS) > done)


def told(tool: Tool, url: str) -> None:
    """``top`` live over a minute, and what Prometheus kept of it."""
    live = {i["pod"]: i for i in tool.run("top", "--window", "60s", "-o", "json").ok().json["items"]}
    store = tool.run("top", "--since", "10m", "--prometheus", url, "-o", "json").ok().json
    same = {"cpu": "cpuMillicores", "memory": "memoryBytes", "goroutines": "goroutines", "requests": "apiRequestsPerSecond"}
    for item in store["items"]:
        figures = {f["figure"]: f for f in item["figures"] if not f["reconciler"]}
        for ours, theirs in same.items():
            if ours in figures and item["pod"] in live:
                f, now = figures[ours], live[item["pod"]].get(theirs)
                print(f"{item['provider']:24} {ours:12} live {now!s:>12.12}  store now {f['now']!s:>12.12}  median {f['median']!s:>12.12}")
    print(tool.run("top", "--since", "10m", "--prometheus", url).ok().out)
    print(tool.run("top", "--window", "10s").ok().out)


def told_of(story: Story, url: str, tool: Tool, alerts: Alerts, process: psutil.Process, quiet: float) -> None:
    """The half hour. The minutes stand here."""
    clock, workload = story.clock, story.workload
    day, hour = dt.timedelta(days=1), dt.timedelta(hours=1)
    clock.until(0.5)
    story.change("etcd CA replaced, credential STALE", workload.rotate, lambda: story.credential("STALE"))
    clock.until(3)
    story.change("a CA that ends in ten days", lambda: story.certificate("c000-proxy", -day, 10 * day), lambda: 9 < story.left("c000") < 11)
    clock.until(4)
    story.change("a CA that has ended", lambda: story.certificate("c001-proxy", -day, -hour), lambda: story.left("c001") < 0)
    clock.until(5)
    story.change("a controller scaled to 0", lambda: story.scale(0), story.not_ready)
    clock.until(10.7)
    story.change("the controller scaled back", lambda: story.scale(1), lambda: not story.not_ready())
    until("its leader", lambda: story.lab.leader(BOOTSTRAP) in {pod["metadata"]["name"] for pod in story.lab.pods(BOOTSTRAP)})
    story.wait("it has a leader again, and nothing is said of it", lambda: not story.of_controller())
    clock.until(13)
    story.change("a cluster deleted", lambda: story.delete("c002"), lambda: not story.exporter.samples(ENDS, cluster="c002"))
    clock.until(14)
    story.stop_api_server()
    clock.until(16)
    story.change(
        "the ended CA replaced by a good one", lambda: story.certificate("c001-proxy", -day, 3650 * day), lambda: story.left("c001") > 0
    )
    until("ClusterEtcdLockedOut", lambda: alerts.firing("ClusterEtcdLockedOut"), 600)
    story.change(
        "certs regenerate, credential FRESH",
        lambda: tool.run("certs", "regenerate", "w1", "-n", "real", "--restart-leader", "--yes", deadline=180).ok(),
        lambda: story.credential("FRESH"),
    )
    say(clock, f"left alone for {quiet:g} minutes")
    begun, asked, used, looks = clock.now(), requests(story.client), cpu(process), story.exporter.one("kubectl_kcp_export_looks_total")
    clock.until(begun / 60 + quiet)
    minutes = (clock.now() - begun) / 60
    done = story.exporter.one("kubectl_kcp_export_looks_total") - looks
    each = f"{(requests(story.client) - asked) / minutes:.1f} requests and {(cpu(process) - used) / minutes:.2f} s of CPU in a minute"
    say(clock, f"in {minutes:.1f} quiet minutes: {done:.0f} looks, {each}")
    told(tool, url)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(tempfile.gettempdir()) / "lab-exporter")
    parser.add_argument("--port", type=int, default=16443)
    parser.add_argument("--quiet", type=float, default=10, metavar="MINUTES", help="how long it is left alone at the end (default: 10)")
    given = parser.parse_args()
    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    lab = Lab(given.root, given.port)
    try:
        lab.up(kcp_args=("--sync-period=10s",))
        lab.clusters(0, 4)
        workload = Workload(lab)
        workload.create()
        lab.wait_available()
        workload.wait_healthy()
        with tempfile.TemporaryDirectory() as name:
            return run(lab, workload, Path(name), given.quiet)
    finally:
        lab.down()


def run(lab: Lab, workload: Workload, folder: Path, quiet: float) -> int:
    for part in ("home", "kept", "tsdb", "exporter"):
        (folder / part).mkdir()
    tool, client = Tool(lab.kubeconfig, folder / "home", folder / "kept"), Client(lab.kubeconfig)
    rights(lab, tool, client)
    jane = tool.as_user(lab.user("jane"))
    (folder / "token").touch(mode=0o600)
    (folder / "token").write_text(client.create(ACCOUNT, {"spec": {"expirationSeconds": 7200}})["status"]["token"])
    (folder / "targets.json").write_text(json.dumps(targets(lab)))
    usual = ("--window", "5s", "--least", "20s")
    with exporting(jane, folder / "exporter", *usual) as exporter, serving(folder / "tsdb", config=config(folder, exporter.port)) as url:
        until("the first look", lambda: exporter.get("/readyz")[0] == 200)
        clock, process = Clock(), psutil.Process(exporter.process.pid)
        say(clock, f"serving {len(exporter.get('/metrics')[1])} bytes")
        alerts = Alerts(url, clock)
        story = Story(lab, workload, client, exporter, clock)
        meanwhile = Meanwhile(lab, process, alerts, folder / "targets.json", clock)
        with meanwhile.running():
            told_of(story, url, tool, alerts, process, quiet)
        print(f"rules that Prometheus cannot evaluate: {alerts.rules() or 'none'}")
        begun = time.monotonic()
        os.kill(exporter.process.pid, signal.SIGTERM)
        code = exporter.process.wait(60)
        ended = time.monotonic() - begun
        print(f"SIGTERM: exit {code} after {ended:.2f} s")
        print("standard error:\n" + exporter.err.read_text())
    parts = [[mib for at, mib in meanwhile.memory if lower <= at < lower + 5] for lower in range(0, 60, 5)]
    print("memory, MiB, median and most of each five minutes: " + ", ".join(f"{statistics.median(p):.0f}/{max(p):.0f}" for p in parts if p))
    for what, seconds in story.shown:
        print(f"{seconds:6.1f} s  {what}")
    late = [what for what, seconds in story.shown if seconds > GOAL and "stopped" not in what]
    return int(bool(late) or code != 0 or ended > ENDS_WITHIN)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(str(error))

"""Bad days: every run ends with a partial result and the reasons, or with one clear line, and leaves nothing behind."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.fault_proxy import Fault, FaultProxy, cut_after, fault_proxy, hang_up, late, silence, status, trickle
from tests.e2e.target import Target
from tests.e2e.tool import Ran, Tool
from tests.lab.cluster import until

REFUSED = status(403, "Forbidden", "machines is forbidden: no")
EXPIRED = status(410, "Expired", "The provided continue parameter is too old")
SLOW = "5s"


@pytest.fixture
def proxy(target: Target, bound: Tool) -> Iterator[FaultProxy]:
    with fault_proxy(bound.kubeconfig) as made:
        yield made


@pytest.fixture
def faulty(proxy: FaultProxy, bound: Tool, tmp_path: Path) -> Tool:
    return bound.as_user(proxy.kubeconfig(tmp_path / "kubeconfig"))


@pytest.fixture(autouse=True)
def nothing_left_behind(bound: Tool) -> Iterator[None]:
    """No file but the cache's and no process: each run has its HOME and its TMPDIR there."""

    def files() -> set[Path]:
        return {path for path in bound.home.rglob("*") if {".kube", ".cache"}.isdisjoint(path.parts)}

    before = files()
    yield
    assert files() == before
    assert [p.info for p in psutil.process_iter(["pid", "cmdline"]) if ours(p, bound.home)] == []


def ours(process: psutil.Process, home: Path) -> bool:
    try:
        return process.environ().get("TMPDIR") == str(home)
    except (psutil.Error, OSError):
        return False


def run(tool: Tool, words: str) -> Ran:
    ran = tool.run(*words.split())
    assert "defect" not in ran.err
    assert ran.err.count("Traceback") == 0
    return ran


def fresh(ran: Ran) -> int:
    """In the table alone: what stands below it may say the word once more of a cluster that etcd did not answer for a moment."""
    return ran.out.partition("\n\n")[0].count("FRESH")


# -- single answers


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (REFUSED, "is forbidden"),
        (status(500, "InternalError", "etcdserver: request timed out"), "etcdserver: request timed out"),
        (status(429, "TooManyRequests", "please slow down", Retry_After="1"), "please slow down"),
        (hang_up, "cannot be reached"),
        (silence, "did not answer"),
        (trickle(0.02), "did not answer"),
    ],
    ids=["403", "500", "429", "hangs up", "silent", "trickles"],
)
def test_one_kind_that_cannot_be_read_leaves_the_rest(proxy: FaultProxy, faulty: Tool, fault: Fault, words: str) -> None:
    proxy.on(r"GET .*/machines", fault)
    ran = run(faulty, "certs status -A --request-timeout 3s").exits(3)
    assert words in ran.err
    assert fresh(ran) == 4
    document = run(faulty, "certs status -A -o json --request-timeout 3s").exits(3)
    assert len(document.json["items"]) == 4
    assert [words in error["reason"] for error in document.json["errors"]] == [True]


def test_a_kind_that_is_not_there(proxy: FaultProxy, faulty: Tool) -> None:
    proxy.on(r"GET .*/kubeadmcontrolplanes", status(404, "NotFound", "the server could not find the requested resource"))
    assert "c000" in run(faulty, "certs status -A").exits(0, 3).out


@pytest.mark.parametrize("fault", [status(429, "TooManyRequests", "slow", Retry_After="1"), status(503, "Unavailable", "x"), hang_up])
def test_what_passes_is_not_seen(proxy: FaultProxy, faulty: Tool, fault: Fault) -> None:
    met = proxy.on(r"GET .*/(machines|secrets)", fault, times=2)
    assert fresh(run(faulty, "certs status -A").ok()) == 4
    assert met.is_set()


@pytest.mark.parametrize("path", [r"GET ", r"GET .*/secrets"])
def test_credentials_that_are_not_accepted(proxy: FaultProxy, faulty: Tool, path: str) -> None:
    proxy.on(path, status(401, "Unauthorized", "Unauthorized"))
    ran = run(faulty, "certs status -A").exits(4)
    assert "does not accept these credentials (401)" in ran.err
    assert "log in again" in ran.err


def test_a_page_token_that_expires_once(proxy: FaultProxy, faulty: Tool) -> None:
    proxy.page = 2
    met = proxy.on(r"GET .*continue=", EXPIRED, times=2)
    assert fresh(run(faulty, "certs status -A").ok()) == 4
    assert met.is_set()


def test_a_page_token_that_always_expires(proxy: FaultProxy, faulty: Tool) -> None:
    proxy.page = 2
    proxy.on(r"GET .*/secrets.*continue=", EXPIRED)
    ran = run(faulty, "certs status -A").exits(3)
    assert "too old" in ran.err
    assert "c000" in ran.out


@pytest.mark.parametrize("seconds", [600.0, -600.0])
def test_a_clock_that_is_ten_minutes_off(proxy: FaultProxy, faulty: Tool, seconds: float) -> None:
    proxy.clock = seconds
    for words in ("certs status -A", "certs status w1 -n real --verify", "etcd status w1 -n real", "cache -A"):
        assert "w1" in run(faulty, words).exits(0, 3).out


def test_latency(proxy: FaultProxy, faulty: Tool) -> None:
    proxy.on("", late(0.3))
    assert fresh(run(faulty, "certs status -A").ok()) == 4


# -- the way to the controllers


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (cut_after(6000), "connection broke"),
        (hang_up, "port-forward"),
        (silence, "no answer within 5 s"),
        (trickle(0.02), "within 5 s"),
        (status(500, "InternalError", "error dialing backend"), "error dialing backend"),
        (status(404, "NotFound", "pods not found"), "not found"),
    ],
    ids=["dropped half way", "hangs up", "silent", "trickles", "500", "404"],
)
@pytest.mark.parametrize("command", ["profile heap", "top --window 1s"])
def test_one_controller_that_cannot_be_reached_leaves_the_rest(
    proxy: FaultProxy, faulty: Tool, command: str, fault: Fault, words: str
) -> None:
    proxy.on("capi-system/pods/.*portforward", fault)
    made = run(faulty, f"{command} -o json --request-timeout {SLOW}").exits(3).json
    assert {item["provider"] for item in made["items"]} == {"bootstrap-kubeadm", "control-plane-kubeadm", "infrastructure-docker"}
    [error] = made["errors"]
    assert "capi-system" in error["subject"]
    assert words in error["reason"]


# -- the target's own faults


def test_a_frozen_controller(target: Target, bound: Tool) -> None:
    target.scale(2)
    [pod] = [p["metadata"]["name"] for p in target.pods() if p["metadata"]["name"] != target.leader()]
    until("the new Pod's process to listen", lambda: bound.run("top", "--window", "1s").code == 0)
    with target.frozen(pod):
        for words in ("top --window 1s -o json", "profile --seconds 1 -o json", "profile heap -o json"):
            made = run(bound, f"{words} --request-timeout {SLOW}").exits(3).json
            assert len(made["items"]) == 4
            assert [pod in error["subject"] for error in made["errors"]] == [True]
            assert "the process hangs or is overloaded" in made["errors"][0]["reason"]


def test_the_api_server_stops_amid_a_profile(target: Target, proxy: FaultProxy, faulty: Tool) -> None:
    met = proxy.on("portforward", late(0))
    with faulty.started("profile", "--seconds", "20") as running:
        assert met.wait(60)
        with target.api_server_stopped():
            ran = running.end()
    ran.exits(3, 4)
    # a Pod that had not begun answers first, that it cannot review the token
    assert any(words in ran.err for words in ("connection broke", "port-forward", "does not reach the API server")), ran.err


def test_the_api_server_is_away(target: Target, bound: Tool) -> None:
    with target.api_server_stopped():
        for words in ("certs status -A", "top", "cache", "profile heap", "etcd status -A", "access check"):
            assert "cannot be reached" in run(bound, words).exits(4).err


def test_a_token_that_has_ended(target: Target, bound: Tool, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("no.such.token")
    ran = run(bound, f"top --window 1s --token-file {token}").exits(3)
    assert "the token is not accepted" in ran.err
    assert "no.such.token" not in ran.out + ran.err


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("words", ["profile --seconds 20", "bundle killed.tar.gz --seconds 20"])
def test_a_run_that_is_ended(proxy: FaultProxy, faulty: Tool, words: str, number: signal.Signals) -> None:
    met = proxy.on("portforward", late(0))
    with faulty.started(*words.split()) as running:
        assert met.wait(60)
        running.signal(number)
        ran = running.end()
    assert ran.code in (130, -number)
    assert "Traceback" not in ran.err


def test_half_of_the_clusters_secrets_are_unreadable(target: Target, tool: Tool) -> None:
    """Secrets may be read in the namespace default alone, by a Role."""
    root = "/apis/rbac.authorization.k8s.io/v1"
    group = "rbac.authorization.k8s.io"
    target.client.apply_documents(tool.run("access", "manifest", "--subject", "User:half").ok().out)
    meta = {"name": "e2e-half", "namespace": "default"}
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]
    where = f"{root}/namespaces/default"
    target.client.apply(f"{where}/roles/e2e-half", {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": meta, "rules": rules})
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": meta,
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "e2e-half"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": "half"}],
    }
    target.client.apply(f"{where}/rolebindings/e2e-half", binding)
    ran = run(tool.as_user(target.user("half")), "certs status -A -o json").exits(3)
    ends = {i["name"]: {c["kind"] for c in i["certificates"] if c.get("notAfter")} for i in ran.json["items"]}
    assert ends["c000"] > {"ca", "etcd", "kubeconfig"}
    assert ends["w1"] == {"apiserver"}
    assert any("secrets in real" in error["subject"] for error in ran.json["errors"])

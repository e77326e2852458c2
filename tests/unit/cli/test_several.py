"""Several management clusters side by side: sandboxes in one kubeconfig, one dead, one slow, one forbidden."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from kubectl_kcp.cli.options import SourceOptions
from tests.e2e.client import Client
from tests.e2e.tool import Ran, Tool
from tests.sandbox.sandbox import Sandbox
from tests.schema import validate

RECORDINGS = ("v1.14.2-healthy", "v1.14.2-stale-credential")
PLUGIN = """
import json, pathlib, sys
with open(sys.argv[1], "a") as f:
    f.write("run\\n")
user = json.loads(pathlib.Path(sys.argv[2]).read_text())
status = {"clientCertificateData": user["certificate"], "clientKeyData": user["key"]}
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}))
"""


class Fleet:
    """Two management clusters, ``prod-1`` and ``prod-3``, each twice by way of one credential plugin (``plugged-a``, ``plugged-b``, of the
    first); ``dead``, ``slow`` and ``forbidden`` are what their names say."""

    def __init__(self, folder: Path, sandboxes: list[Sandbox], silent: str, closed: str) -> None:
        self.runs = folder / "plugin-runs"
        first, second = sandboxes
        self._config: dict[str, list[dict[str, Any]]] = {"clusters": [], "users": [], "contexts": []}
        self._add("prod-1", first.kubeconfig)
        self._add("prod-3", second.kubeconfig)
        self._add("forbidden", second.user("nobody"))
        for name, url in (("slow", silent), ("dead", closed)):
            self._add(name, first.kubeconfig, {"server": url})
        plugin = folder / "plugin.py"
        plugin.write_text(PLUGIN)
        admin = yaml.safe_load(first.kubeconfig.read_text())["users"][0]["user"]
        kept = folder / "user.json"
        kept.touch(mode=0o600)
        kept.write_text(json.dumps({name: _plain(admin[f"client-{name}-data"]) for name in ("certificate", "key")}))
        entry = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "interactiveMode": "Never",
            "command": sys.executable,
            "args": [str(plugin), str(self.runs), str(kept)],
        }
        for name in ("plugged-a", "plugged-b"):
            self._add(name, first.kubeconfig, user={"exec": entry})
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", **self._config}))

    def _add(self, name: str, of: Path, cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> None:
        config = yaml.safe_load(of.read_text())
        self._config["clusters"].append({"name": name, "cluster": {**config["clusters"][0]["cluster"], **(cluster or {})}})
        self._config["users"].append({"name": name, "user": user or config["users"][0]["user"]})
        self._config["contexts"].append({"name": name, "context": {"cluster": name, "user": name}})


def manifest() -> str:
    """The ServiceAccount that reads diagnostics endpoints, and its rights."""
    command = [sys.executable, "-m", "kubectl_kcp", "access", "manifest", "--subject", "User:jane", "--with-log-level"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _plain(data: str) -> str:
    import base64

    return base64.b64decode(data).decode()


@pytest.fixture(scope="module")
def fleet(recording: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("several")
    sandboxes = []
    for name in RECORDINGS:
        (folder / name).mkdir()
        sandboxes.append(Sandbox(recording(name), folder / name))
    silent, closed = socket.socket(), socket.socket()
    try:
        for sandbox in sandboxes:
            sandbox.start()
            Client(sandbox.kubeconfig).apply_documents(manifest())
        for listening in (silent, closed):
            listening.bind(("127.0.0.1", 0))
        silent.listen()
        urls = [f"https://127.0.0.1:{s.getsockname()[1]}" for s in (silent, closed)]
        yield Fleet(folder, sandboxes, *urls)
    finally:
        silent.close()
        closed.close()
        for sandbox in sandboxes:
            sandbox.stop()


@pytest.fixture
def tool(fleet: Fleet, tmp_path: Path) -> Tool:
    for part in ("home", "kept"):
        (tmp_path / part).mkdir()
    return Tool(fleet.kubeconfig, tmp_path / "home", tmp_path / "kept")


def status(tool: Tool, *words: str) -> Ran:
    return tool.run("certs", "status", "-A", *words)


def test_side_by_side(tool: Tool) -> None:
    made = status(tool, "--contexts", "prod-*").ok()
    heads, *rows = [line.split() for line in made.out.split("\n\n")[0].splitlines()]
    assert heads[:3] == ["CONTEXT", "NAMESPACE", "CLUSTER"]
    credentials = {r[0]: r[-2] for r in rows if r[1:3] == ["real", "w1"]}
    assert credentials["prod-1"] == "FRESH"
    assert credentials["prod-3"] in ("SUSPECT", "STALE")  # until the sandbox's KCP has met the new CA
    assert {r[0] for r in rows} == {"prod-1", "prod-3"}
    assert len(rows) == len({tuple(r[:3]) for r in rows})


def test_each_fails_alone(tool: Tool) -> None:
    """The dead one with its reason, the slow one at the deadline of all, the forbidden one in its parts."""
    made = status(tool, "--contexts", "*", "--deadline", "8s", "-o", "json").exits(3).json
    validate(made, "certs-status")
    assert {c["context"]: c["read"] for c in made["contexts"]} == {
        **dict.fromkeys(("prod-1", "prod-3", "plugged-a", "plugged-b", "forbidden"), True),
        **dict.fromkeys(("dead", "slow"), False),
    }
    assert {i["context"] for i in made["items"]} == {"prod-1", "prod-3", "plugged-a", "plugged-b"}
    whole = {e["context"]: e for e in made["errors"] if e["subject"] == f"context {e['context']}"}
    assert set(whole) == {"dead", "slow"}
    assert (whole["dead"]["kind"], whole["slow"]["kind"]) == ("unreachable", "timeout")
    assert "refused" in whole["dead"]["reason"]
    assert "8 s" in whole["slow"]["reason"]
    assert {e["context"] for e in made["errors"] if e["kind"] == "forbidden"} == {"forbidden"}
    assert all(f["context"] in ("prod-1", "prod-3", "plugged-a", "plugged-b") for f in made["findings"])


def test_none_can_be_read(tool: Tool) -> None:
    made = status(tool, "--contexts", "dead", "-o", "json").exits(4)
    assert made.out == ""
    assert made.err.startswith("warning: context dead: https://127.0.0.1")


def test_a_plugin_runs_once_for_each_user(tool: Tool, fleet: Fleet) -> None:
    fleet.runs.unlink(missing_ok=True)
    status(tool, "--contexts", "plugged-*", "-o", "name").ok()
    assert fleet.runs.read_text() == "run\n"


def test_a_finding_s_command_leads_to_its_own_management_cluster(tool: Tool) -> None:
    made = status(tool, "--contexts", "prod-*", "--expiring-within", "1000d", "-o", "json").ok().json
    found = [c for f in made["findings"] for c in f["commands"]]
    assert found
    for finding in made["findings"]:
        for command in finding["commands"]:
            assert command.endswith(f"--context {finding['context']}"), command
    actions = {i["context"]: i["credential"]["action"] for i in made["items"] if i["credential"]["action"]}
    assert actions["prod-3"].endswith("--context prod-3")


def test_one_context_is_led_to_as_well(tool: Tool) -> None:
    words = ("--context", "prod-1", "--expiring-within", "1000d")
    alone, beside = (status(tool, *w, "-o", "json").ok().json for w in (words, ("--contexts", *words[1:])))
    commands = [[c for f in made["findings"] for c in f["commands"]] for made in (alone, beside)]
    assert commands[0] == commands[1] != []
    shown = " ".join(status(tool, *words).ok().out.split())
    assert all(command in shown for command in commands[0] if command.startswith("kubectl kcp certs inspect"))
    assert "--context" not in tool.run("explain", "certificate-expiring").ok().out
    refused = status(tool, "--context", "forbidden").exits(3, 4).err
    assert "kubectl kcp access check --context forbidden prints" in refused
    assert "| kubectl --context forbidden apply -f -" in tool.run("access", "check", "--context", "forbidden").out


def test_a_change_that_finds_nothing_to_change_for_want_of_rights_is_an_error(tool: Tool) -> None:
    ran = tool.run("log-level", "set", "4", "--yes", "--context", "forbidden").exits(4)
    assert ran.err.startswith("error: nothing was changed: no Pod of a controller could be looked for: deployments: ")
    assert "kubectl kcp access check --context forbidden prints" in ran.err


def test_what_names_a_management_cluster_leads_to_it() -> None:
    assert SourceOptions().led == ""
    assert SourceOptions(context="a b", kubeconfig="/k").led == "--context 'a b' --kubeconfig /k"
    assert SourceOptions(kubeconfig_cluster="c", kubeconfig_user="u").led == "--cluster c --user u"
    assert SourceOptions(bundle="demo:issue-8602", kubeconfig="/k").led == ""


def test_a_cluster_is_looked_for_in_all(tool: Tool) -> None:
    """Those without it are left out; where none has it, each says so."""
    made = tool.run("certs", "status", "default/late", "--contexts", "prod-*", "-o", "json").ok().json
    validate(made, "certs-status")
    assert [(i["context"], i["name"]) for i in made["items"]] == [("prod-3", "late")]
    assert {c["context"]: c["read"] for c in made["contexts"]} == {"prod-1": True, "prod-3": True}
    none = tool.run("certs", "status", "default/nosuch", "--contexts", "prod-*").exits(4)
    assert none.err.count("nosuch not found") == 2


def test_names(tool: Tool) -> None:
    made = status(tool, "--contexts", "prod-1", "--contexts", "prod-3", "-o", "name").ok()
    assert {line.split()[0] for line in made.out.splitlines()} == {"prod-1", "prod-3"}
    assert all(line.split()[1].startswith("cluster.cluster.x-k8s.io/") for line in made.out.splitlines())


@pytest.mark.parametrize("command", [("certs", "status", "-A"), ("doctor", "-A", "--window", "1s", "--fail-on", "never")])
def test_openmetrics_has_each_family_once(tool: Tool, command: tuple[str, ...]) -> None:
    made = tool.run(*command, "--contexts", "prod-*", "--contexts", "dead", "-o", "openmetrics").exits(3)
    families = list(text_string_to_metric_families(made.out))
    assert len(families) == len({f.name for f in families})
    samples = {f.name: f.samples for f in families}
    assert {s.labels["context"] for f in families for s in f.samples} == {"prod-1", "prod-3", "dead"}
    assert {s.labels["context"]: s.value for s in samples["kubectl_kcp_context_read"]} == {"prod-1": 1, "prod-3": 1, "dead": 0}


def test_fail_on_looks_at_all(tool: Tool) -> None:
    assert status(tool, "--contexts", "prod-*", "--contexts", "dead", "--fail-on", "expiring", "--expiring-within", "1000d").code == 1
    assert status(tool, "--contexts", "prod-*", "--contexts", "dead", "--fail-on", "expired").code == 3
    assert status(tool, "--contexts", "prod-*", "--fail-on", "expired").code == 0


def test_doctor_tells_each_in_a_line(tool: Tool) -> None:
    made = tool.run("doctor", "-A", "--window", "1s", "--contexts", "prod-*", "--contexts", "dead").exits(1, 3)
    heads, *rows = [line.split() for line in made.out.split("\n\n")[0].splitlines()]
    assert heads[:3] == ["CONTEXT", "ERRORS", "WARNINGS"]
    assert [r[0] for r in rows] == ["prod-1", "prod-3"]
    assert "warning: context dead: " in made.err
    made = tool.run("doctor", "-A", "--window", "1s", "--contexts", "prod-*", "-o", "json")
    validate(made.json, "doctor")
    assert {c["context"] for c in made.json["contexts"]} == {"prod-1", "prod-3"}


def test_rights_of_each(tool: Tool) -> None:
    made = tool.run("access", "check", "--contexts", "prod-1", "--contexts", "forbidden", "-o", "json").exits(3).json
    validate(made, "access")
    rights = {(i["context"], i["command"]): i["rights"] for i in made["items"]}
    assert (rights["prod-1", "certs status"], rights["forbidden", "certs status"]) == ("ok", "missing")
    assert {c["context"]: c["user"] for c in made["contexts"]} == {"forbidden": "nobody", "prod-1": "admin"}
    lines = {c["context"]: c["line"] for c in made["cures"]}
    assert lines["forbidden"].endswith("| kubectl --context forbidden apply -f -")
    assert tool.run("access", "check", "--contexts", "prod-*").ok().out.startswith("CONTEXT")


def test_profiles_of_each(tool: Tool) -> None:
    made = tool.run("profile", "goroutine", "--contexts", "prod-*", "--contexts", "dead", "-o", "json").exits(3).json
    validate(made, "profile")
    assert {i["context"] for i in made["items"]} == {"prod-1", "prod-3"}


def test_figures_and_connections_of_each(tool: Tool) -> None:
    for words, schema in (
        (("top", "--window", "1s"), "top"),
        (("cache", "-A"), "cache"),
        (("certs", "credentials", "-A"), "certs-credentials"),
    ):
        made = tool.run(*words, "--contexts", "prod-*", "-o", "json").exits(0, 3).json
        validate(made, schema)
        assert {i["context"] for i in made["items"]} == {"prod-1", "prod-3"}


def test_all_contexts_asks_first(tool: Tool) -> None:
    made = status(tool, "--all-contexts").exits(4)
    assert made.out == ""
    for words in ("7 management clusters", "prod-1", "dead", "--yes"):
        assert words in made.err
    assert status(tool, "--all-contexts", "--yes", "--deadline", "8s", "-o", "name").exits(3).out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--contexts", "nosuch-*"), "there are: dead, forbidden"),
        (("--contexts", "*", "--all-contexts"), "exclude each other"),
        (("--contexts", "*", "--bundle", "demo:issue-8602"), "exclude each other"),
        (("--contexts", "*", "--context", "prod-1"), "exclude each other"),
        (("--contexts", "*", "w1", "w2"), "one CLUSTER"),
        (("--yes",), "--all-contexts"),
        (("--deadline", "5s"), "--request-timeout"),
        (("--contexts", "*", "-n", "real"), "-n and -A"),
    ],
)
def test_what_cannot_be_together(tool: Tool, words: tuple[str, ...], says: str) -> None:
    made = status(tool, *words).exits(2)
    assert says in made.err


def test_one_page_of_several_is_refused(tool: Tool) -> None:
    assert "one management cluster" in tool.run("doctor", "--contexts", "*", "-o", "html").exits(2).err


def test_rates_of_each_go_on_from_look_to_look(tool: Tool) -> None:
    """The end of one window is the start of the next: a second look takes one page of each."""
    looks: dict[str, list[str]] = {"prod-1": [], "prod-3": []}
    with tool.started("top", "--watch", "--window", "1s", "--controller", "kcp", "--no-headers", "--contexts", "prod-*") as running:
        assert running.process.stdout is not None
        while min(map(len, looks.values())) < 2:
            line = running.process.stdout.readline()
            assert line, "it ended"
            if line.split()[:1] and line.split()[0] in looks:
                looks[line.split()[0]].append(line.split()[3])
        running.signal(signal.SIGINT)
        assert running.end().code == 130
    assert all(cpu.endswith("m") for told in looks.values() for cpu in told)


def test_watch(tool: Tool) -> None:
    made = status(tool, "--watch", "--interval", "1s", "--contexts", "prod-*", "--fail-on", "expiring", "--expiring-within", "1000d").exits(
        1
    )
    assert "prod-3" in made.out

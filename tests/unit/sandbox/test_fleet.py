"""Many workload clusters: what cannot be reached hides nothing of the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.e2e.tool import Tool
from tests.sandbox.fleet import NAMESPACE
from tests.sandbox.sandbox import Sandbox

NUMBER = 52
SILENT = ("--request-timeout", "3s")


def test_etcd_of_a_fleet(recording: Callable[[str], Path], tmp_path: Path) -> None:
    for part in ("home", "kept"):
        (tmp_path / part).mkdir()
    sandbox = Sandbox(recording("v1.14.2-healthy"), tmp_path)
    sandbox.start()
    try:
        fleet = sandbox.start_fleet(NUMBER)
        assert len(fleet.gone) == NUMBER // 4
        assert len(fleet.silent) == 1
        tool = Tool(sandbox.kubeconfig, tmp_path / "home", tmp_path / "kept")
        made = tool.run("etcd", "status", "-n", NAMESPACE, "-o", "json", *SILENT).exits(3).json
        reached = {item["name"]: item["reached"] for item in made["items"]}
        assert Counter(reached.values()) == {True: NUMBER - len(fleet.gone) - 1, False: len(fleet.gone) + 1}
        assert {name for name, there in reached.items() if not there} == fleet.gone | fleet.silent
        reasons = {error["subject"].rpartition("/")[2]: error["reason"] for error in made["errors"]}
        assert all("refused" in reasons[name] for name in fleet.gone)
        assert all("did not answer" in reasons[name] for name in fleet.silent)
        assert tool.run("certs", "status", "-n", NAMESPACE).ok().out.count("FRESH") == NUMBER
    finally:
        sandbox.stop()

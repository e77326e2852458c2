"""The target, the users and the tool of the suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.needles import leaks, needles
from tests.e2e.target import Target
from tests.e2e.tool import Tool, launcher


def _start(name: str, folder: Path, recording: Callable[[str], Path]) -> Target:
    if name == "lab":
        from tests.e2e.lab_target import LabTarget

        return LabTarget(folder)
    from tests.e2e.sandbox_target import SandboxTarget

    return SandboxTarget(recording("v1.14.2-healthy"), folder / "sandbox")


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("e2e")
    for part in ("home", "kept"):
        (made / part).mkdir()
    return made


@pytest.fixture(scope="package")
def target(request: pytest.FixtureRequest, folder: Path, recording: Callable[[str], Path]) -> Iterator[Target]:
    """One for the whole suite. At its end all that the tool wrote is searched for every secret of the target."""
    made = _start(request.config.getoption("--target"), folder, recording)
    try:
        yield made
        found = needles(made.client, [made.kubeconfig])
        (folder / "kept" / "events.json").write_bytes(made.client.raw("/api/v1/events"))
        bad = [leak for part in ("home", "kept") for leak in leaks(found, folder / part)]
        assert not bad, "\n".join(bad)
    finally:
        made.close()


@pytest.fixture(scope="package")
def tool(request: pytest.FixtureRequest, target: Target, folder: Path) -> Tool:
    """As the administrator, by the name that ``--called`` says."""
    plain = Tool(target.kubeconfig, folder / "home", folder / "kept")
    if request.config.getoption("--called") == "kcp":
        return plain
    program = (str(launcher(folder, "kubectl-capi_kcp")),)
    return Tool(plain.kubeconfig, plain.home, plain.kept, program, "kubectl capi-kcp")


@pytest.fixture(scope="package")
def bound(target: Target, tool: Tool) -> Tool:
    """As a user who has what ``access manifest --with-secrets`` grants, and nothing else."""
    manifest = tool.run("access", "manifest", "--with-secrets", "--subject", "User:jane").ok().out
    target.client.apply_documents(manifest)
    return tool.as_user(target.user("jane"))

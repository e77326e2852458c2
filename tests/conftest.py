"""What all tests share. Golden files are written anew with ``--update``, which still fails that run."""

from __future__ import annotations

import signal
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell's background jobs inherit that they ignore Ctrl-C, and so would all that the tests start and disturb by it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write golden files anew; the run still fails where one changed")
    parser.addoption("--target", choices=("sandbox", "lab"), default="sandbox", help="the management cluster of tests/e2e")
    parser.addoption("--long", action="store_true", help="also the tests that are marked long: minutes each on the lab")
    called = "the name that tests/e2e calls the plugin by; as capi-kcp no output may say `kubectl kcp`"
    parser.addoption("--called", choices=("kcp", "capi-kcp"), default="kcp", help=called)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="a long test: --long runs it"))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """``golden("top/kcp.txt", text)`` compares with tests/golden/top/kcp.txt."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        known = path.read_text(encoding="utf-8") if path.exists() else None
        if known != text and request.config.getoption("--update"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == known, f"tests/golden/{name} differs: look, then run with --update"

    return check


RECORDINGS = Path(__file__).parent / "recordings"


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """``recording("v1.14.2-healthy")`` is the folder of that recording, unpacked once for each worker."""
    unpacked: dict[str, Path] = {}

    def get(name: str) -> Path:
        if name not in unpacked:
            root = tmp_path_factory.mktemp("recordings")
            with tarfile.open(RECORDINGS / f"{name}.tar.xz") as tar:
                tar.extractall(root, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # type: ignore[arg-type] # no filter before 3.10.12
            unpacked[name] = root / name
        return unpacked[name]

    return get

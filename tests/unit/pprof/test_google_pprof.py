"""google/pprof's own test profiles (Apache-2.0, 4bf881d7fb0b): the ten that its driver's reports are made of, as protobuf, and those of
testdata/ in protobuf or Go's text. go tool pprof's answers stand beside them. Those of gperftools and Java are other formats."""

from __future__ import annotations

import json
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.model.profile import SampleType
from kubectl_kcp.pprof.read import read_profile
from tests.unit.pprof import gograph, gotool
from tests.unit.pprof.test_against_go import needs_go, our_top
from tests.unit.pprof.test_graph_against_go import ours

FILES = gotool.GOLDEN / "google-pprof.tar.xz"
ANSWERS = gotool.GOLDEN / "google-pprof.json"
NAMES = (
    *("contention", "cpu", "cpusmall", "heap", "heap_alloc", "heap_request", "heap_sizetags", "heap_tags", "long_name_funcs", "symbolz"),
    *("cppbench.cpu_no_samples_type", "go.nomappings.crash", "go.godoc.thread", "gobench.heap"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("google")
    with tarfile.open(FILES) as tar:
        tar.extractall(root, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # type: ignore[arg-type]
    return root


def path_of(folder: Path, name: str) -> Path:
    return folder / (name if "." in name else f"{name}.pb.gz")


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Any]]:
    known: dict[str, dict[str, Any]] = json.loads(ANSWERS.read_text()) if ANSWERS.exists() else {}
    return known


@pytest.mark.parametrize("name", NAMES)
def test_the_same_functions_and_calls(name: str, folder: Path, answers: dict[str, dict[str, Any]]) -> None:
    profile = read_profile(path_of(folder, name).read_bytes())
    assert [t.type for t in profile.sample_types] == list(answers[name])
    for index, (kind, right) in enumerate(answers[name].items()):
        assert our_top(profile, index) == right["top"], kind
        assert ours(profile, index, right["graph"]) == right["graph"], kind


@needs_go
def test_answers_are_those_of_go(folder: Path, answers: dict[str, dict[str, Any]], request: pytest.FixtureRequest) -> None:
    asked = [(n, path_of(folder, n), t) for n in NAMES for t in read_profile(path_of(folder, n).read_bytes()).sample_types]

    def answer(row: tuple[str, Path, SampleType]) -> dict[str, Any]:
        _, path, kind = row
        graph = gograph.read_dot(gograph.go(path, "-dot", f"-sample_index={kind.type}"))
        return {"top": {f: both for f, both in gotool.go_top(path, kind.type, kind.unit).items() if any(both)}, "graph": graph}

    printed: dict[str, dict[str, Any]] = {}
    with ThreadPoolExecutor(2) as pool:
        for (name, _, kind), given in zip(asked, pool.map(answer, asked), strict=True):
            printed.setdefault(name, {})[kind.type] = given
    if printed != answers and request.config.getoption("--update"):
        ANSWERS.write_text(json.dumps(printed, indent=1) + "\n")
    assert printed == answers, "look, then run with --update"

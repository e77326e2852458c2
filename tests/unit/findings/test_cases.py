"""Every code is triggered by one model and not by its near miss; codes without a row in ``cases`` are told by tests over an Estate."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import kubectl_kcp.findings
from kubectl_kcp.findings.catalogue import CATALOGUE
from tests.unit.findings.cases import CASES

HERE = Path(__file__).parent
ENTRIES = Path(kubectl_kcp.findings.__file__).parent
OWN_TESTS = (*HERE.glob("test_*.py"), *(HERE.parent / "pprof").glob("test_*.py"))


@pytest.mark.parametrize("code", CASES)
def test_what_triggers_it(code: str) -> None:
    assert code in {f.code for f in CASES[code].triggers()}


@pytest.mark.parametrize("code", CASES)
def test_a_near_miss_does_not(code: str) -> None:
    assert code not in {f.code for f in CASES[code].near_miss()}


def _names(path: Path) -> dict[str, str]:
    """Constants of an entries' file by name."""
    found: dict[str, str] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Name, ast.Tuple)):
            names = node.targets[0].elts if isinstance(node.targets[0], ast.Tuple) else [node.targets[0]]
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            pairs = zip(names, values, strict=False)
            found |= {
                n.id: v.value for n, v in pairs if isinstance(n, ast.Name) and isinstance(v, ast.Constant) and isinstance(v.value, str)
            }
    return found


def _spoken_of() -> set[str]:
    """Codes that other tests of findings name, by their constant or as they are."""
    constants = {name: value for path in ENTRIES.glob("*_entries.py") for name, value in _names(path).items()}
    found: set[str] = set()
    for path in OWN_TESTS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, (ast.Name, ast.Attribute)):
                found.add(constants.get(node.id if isinstance(node, ast.Name) else node.attr, ""))
    return found


def test_no_code_is_without_a_case() -> None:
    assert set(CASES) <= set(CATALOGUE)
    assert set(CATALOGUE) - set(CASES) - _spoken_of() == set()

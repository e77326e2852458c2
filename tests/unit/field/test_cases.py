"""The situations of tests/field: what is shown, the exit codes, and what must and must not be said."""

from __future__ import annotations

import json
import re
import tarfile
from pathlib import Path

import pytest

from kubectl_kcp.cli.main import run
from tests.unit.field.cases import CASES, NOT_YET, ON_THE_SANDBOX, STATUS, Case

ARCHIVE = Path(__file__).parents[2] / "field" / "field.tar.xz"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("field")
    with tarfile.open(ARCHIVE) as tar:
        tar.extractall(root, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # type: ignore[arg-type]
    return root / "field"


class Tool:
    """``kubectl kcp`` on one case."""

    def __init__(self, capsys: pytest.CaptureFixture[str], bundle: Path) -> None:
        self._capsys, self._bundle = capsys, bundle

    def __call__(self, command: str) -> tuple[int, str]:
        code = run((*command.split(), "--bundle", str(self._bundle)), "kubectl kcp")
        return code, self._capsys.readouterr().out


def wrong(case: Case, tool: Tool) -> list[str]:
    """What differs from what is right."""
    found = json.loads(tool(f"{STATUS} -o json")[1])["items"]
    states = {i["name"]: i["state"] for i in found}
    certificates = {f"{i['name']} {c['kind']}": c["state"] for i in found for c in i["certificates"]}
    made = [
        f"{key}: {has.get(key)}, not {word}"
        for has, wanted in ((states, case.states), (certificates, case.certificates))
        for key, word in wanted.items()
        if has.get(key) not in word.split("|")
    ]
    for words, code in case.exits.items():
        command = f"{STATUS} --fail-on {words}" if words else STATUS
        if (ended := tool(command)[0]) != code:
            made.append(f"{command}: exit {ended}, not {code}")
    for expected, texts in ((True, case.said), (False, case.unsaid)):
        for command, patterns in texts.items():
            out, not_ = tool(command)[1], "" if expected else "not "
            made += [f"{command}: {not_}to be said: {p}\n{out}" for p in patterns if bool(re.search(p, out)) != expected]
    return made


@pytest.mark.parametrize("name", CASES)
def test_it_is_right(capsys: pytest.CaptureFixture[str], folder: Path, name: str) -> None:
    differences = wrong(CASES[name], Tool(capsys, folder / name))
    if name in NOT_YET:
        assert differences, f"{name} is right: take it off NOT_YET"
    else:
        assert not differences, "\n".join(differences)


def test_every_case_has_its_expectation(folder: Path) -> None:
    assert {p.name for p in folder.iterdir() if p.is_dir()} == CASES.keys() | ON_THE_SANDBOX


def test_no_private_key_lies_in_the_archive(folder: Path) -> None:
    import base64

    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            decoded = b"".join(base64.b64decode(m) for m in re.findall(rb'"([A-Za-z0-9+/]{40,}={0,2})"', content) if len(m) % 4 == 0)
            assert b"PRIVATE KEY" not in content + decoded, path

"""No command lets a name that comes from elsewhere drive the terminal, in no format, on standard output nor on standard error.

A recording is changed: the names of a cluster and of Pods, the messages of conditions, log lines and metrics' labels hold escape
sequences, newlines and marks. Each command that reads a recording is run on it in each of its formats.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import click
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubectl_kcp.cli.main import LazyGroup, root, run
from kubectl_kcp.cli.output import Output
from kubectl_kcp.kube.resources import Object
from kubectl_kcp.model.finding import Evidence, Finding, Severity
from kubectl_kcp.model.reference import ObjectRef, Ref
from kubectl_kcp.render.table import Column, grid
from kubectl_kcp.render.view import View

FORGED = "FORGED LINE"
EVIL = f"\x1b]0;title\x07\r\n{FORGED}\x00\x9b2J\u202e\u2066\u200b"
IN_A_LINE = EVIL.replace("\n", "\\n")
NAMES = re.compile(r"\bw1\b|pxfrf|l89tg|control-plane-controller-manager(?=[-\"/]|$)")
"""A cluster, KCP's Deployment, and what tells the Pods of two controllers apart."""
LIVE_ONLY = {("access", "check"), ("certs", "flush"), ("certs", "regenerate"), ("log-level", "set"), ("log-level", "reset")} | {
    ("etcd", "status"),
    ("etcd", "members"),
}
"""They say that a recording is not for them; their renderers are those of the others."""

ELSEWHERE = {(("profile",), "proto"), (("profile",), "svg"), (("top",), "html")}
"""A format that is no text, one that Graphviz draws of another, and one of a store of metrics."""
OF_ONE = {("certs", "inspect"), ("certs", "rotation")}
"""Commands that take one CLUSTER."""


def commands(group: click.Command = root, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    """Each command with a format, and the formats that it has."""
    if isinstance(group, click.Group):
        context = click.Context(group)
        found = [(name, group.get_command(context, name)) for name in group.list_commands(context)]
        return [each for name, command in found if command is not None for each in commands(command, (*path, name))]
    options = [p for p in group.params if p.name == "output" and isinstance(p.type, click.Choice)]
    reads = any(p.name == "bundle" for p in group.params)
    return [(path, str(f)) for p in options for f in p.type.choices if reads and path not in LIVE_ONLY and (path, str(f)) not in ELSEWHERE]


@pytest.fixture(scope="module")
def hostile(recording: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "recording"
    shutil.copytree(recording("v1.14.2-stale-credential"), folder)
    for path in folder.rglob("*"):
        if path.suffix == ".json":
            path.write_text(json.dumps(_changed(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")
        elif path.name == "log.txt" or path.name.startswith("metrics"):
            path.write_text(NAMES.sub(lambda m: m[0] + IN_A_LINE, path.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


def _changed(value: Object | object) -> object:
    if isinstance(value, dict):
        return {k: f"{v}{EVIL}" if k == "message" else _changed(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_changed(v) for v in value]
    return NAMES.sub(lambda m: m[0] + EVIL, value) if isinstance(value, str) else value


def check(text: str, page: bool = False) -> None:
    """``page``: where a line begins says nothing there."""
    for line in text.split("\n"):
        assert line.isprintable(), repr(line)
        assert page or not line.startswith(FORGED)


@pytest.mark.parametrize(("path", "shown_as"), commands(), ids=lambda v: "-".join(v) if isinstance(v, tuple) else v)
def test_nothing_of_it_is_obeyed(capsys: pytest.CaptureFixture[str], hostile: Path, path: tuple[str, ...], shown_as: str) -> None:
    named = ["default/c000"] if path in OF_ONE else []
    one = ["--controller", "kcp"] if shown_as == "dot" else []  # a graph is of one profile
    code = run([*path, *named, *one, "--bundle", str(hostile), "-o", shown_as], "kubectl kcp")
    out, err = capsys.readouterr()
    assert code in (0, 1, 3), err
    check(out, page=shown_as == "html")
    check(err)
    if shown_as in ("json", "yaml"):
        document = json.loads(out) if shown_as == "json" else yaml.safe_load(out)
        assert named or EVIL in _texts(document)


def _texts(value: object) -> str:
    if isinstance(value, dict):
        return "".join(map(_texts, value.values()))
    return "".join(map(_texts, value)) if isinstance(value, list) else str(value)


def test_errors_and_usage_are_lines_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    demo = ["--bundle", "demo:stale-credential"]
    for words in (["certs", "inspect", EVIL, *demo], ["top", "--bundle", f"no/{EVIL}"], [f"top{EVIL}"], ["top", EVIL]):
        assert run(words, "kubectl kcp") in (2, 4)
        out, err = capsys.readouterr()
        assert out == ""
        check(err)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(name=st.text(), shown_as=st.sampled_from(["table", "wide", "markdown", "json", "yaml", "name"]))
def test_any_name_in_any_part_of_a_view(capsys: pytest.CaptureFixture[str], name: str, shown_as: str) -> None:
    if shown_as in ("json", "yaml") and not name.isascii():
        name = name.encode("utf-8", "replace").decode()  # a document is Unicode: lone surrogates end where it is read
    finding = Finding("a-code", Severity.ERROR, ObjectRef("Cluster", Ref(name, name)), name, name, evidence=(Evidence(name, name),))
    view = View(
        parts=lambda wide, reader: [grid([name], [Column("NAME", str)]), name],
        document=lambda program: {"name": name},
        names=[name],
        findings=[finding],
    )
    Output(shown_as).show(view)
    out, err = capsys.readouterr()
    assert all(line.isprintable() for line in (out + err).split("\n"))


def test_the_commands_are_found() -> None:
    assert {path for path, _ in commands()} >= {("certs", "status"), ("certs", "inspect"), ("cache",), ("top",), ("profile",), ("doctor",)}
    assert isinstance(root, LazyGroup)

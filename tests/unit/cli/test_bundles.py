"""``--bundles``: recordings of several management clusters side by side."""

from __future__ import annotations

import json
import shutil
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.cli.several import Member
from kubectl_kcp.errors import Timeout
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.render.view import View
from kubectl_kcp.sources.bundle.open import open_bundle
from kubectl_kcp.sources.interface import Source
from tests.schema import validate

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    def call(*words: str) -> tuple[int, str, str]:
        code = run(words, "kubectl capi-kcp")
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def folder(tmp_path: Path, recording: Callable[[str], Path]) -> Path:
    """Two folders, one of them also as an archive, a damaged archive, and what is no bundle."""
    for name in ("v1.14.2-healthy", "v1.14.2-stale-credential"):
        shutil.copytree(recording(name), tmp_path / name)
    with tarfile.open(tmp_path / "v1.14.2-healthy.tar.gz", "w:gz") as tar:
        tar.add(recording("v1.14.2-healthy"), "v1.14.2-healthy")
    (tmp_path / "cut.tar.gz").write_bytes((tmp_path / "v1.14.2-healthy.tar.gz").read_bytes()[:5000])
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "empty").mkdir()
    return tmp_path


NAMES = {"v1.14.2-healthy", "v1.14.2-healthy.tar.gz", "v1.14.2-stale-credential"}
"""Two of one name are told apart by their files' names."""


@pytest.mark.parametrize(
    ("command", "schema"),
    [
        (("certs", "status"), "certs-status"),
        (("certs", "credentials"), "certs-credentials"),
        (("cache",), "cache"),
        (("top",), "top"),
        (("doctor", "--fail-on", "never"), "doctor"),
        (("profile",), "profile"),
    ],
)
def test_each_command_and_its_schema(typed: Typed, folder: Path, command: tuple[str, ...], schema: str) -> None:
    code, out, _ = typed(*command, "--bundles", str(folder), "-o", "json")
    made = json.loads(out)
    validate(made, schema)
    assert code == 3
    assert {c["context"] for c in made["contexts"] if c["read"]} == NAMES
    assert {i["context"] for i in made.get("items", [])} <= NAMES
    assert [e["context"] for e in made["errors"] if e["subject"] == "context cut"] == ["cut"]
    assert {f["context"] for f in made["findings"]} <= NAMES


@pytest.mark.parametrize("shown_as", ["table", "wide", "markdown", "yaml"])
@pytest.mark.parametrize("command", [("certs", "status"), ("certs", "credentials"), ("cache",), ("top",), ("doctor",)])
def test_each_command_in_each_format(typed: Typed, folder: Path, command: tuple[str, ...], shown_as: str) -> None:
    code, out, err = typed(*command, "--bundles", str(folder), "-o", shown_as)
    assert code in (1, 3)
    for name in (*NAMES, "cut"):
        assert name in out + err
    assert "kubectl kcp" not in out + err


def test_the_hungriest_of_all_come_first(typed: Typed, folder: Path) -> None:
    _, out, _ = typed("top", "--bundles", str(folder), "--no-headers")
    cpu = [int(line.split()[3].rstrip("m")) for line in out.splitlines() if line.split()[3] != "-"]
    assert cpu == sorted(cpu, reverse=True)
    assert len(cpu) == 12


def test_parts_of_the_document(typed: Typed, folder: Path) -> None:
    path = "jsonpath={range .items[*]}{.context} {.name}{'\\n'}{end}"
    _, out, _ = typed("certs", "status", "--bundles", str(folder), "-n", "real", "-o", path)
    assert {line for line in out.splitlines() if line} == {f"{name} w1" for name in NAMES}
    _, out, _ = typed("certs", "status", "--bundles", str(folder), "-n", "real", "-o", "custom-columns=WHOSE:.context,NAME:.name")
    assert [line.split() for line in out.splitlines()] == [["WHOSE", "NAME"], *([name, "w1"] for name in sorted(NAMES))]


def test_profiles(typed: Typed, folder: Path) -> None:
    _, out, err = typed("profile", "allocs", "--bundles", str(folder))
    heads, *rows = [line.split() for line in out.split("\n\n")[0].splitlines()]
    assert heads[:2] == ["CONTEXT", "CONTROLLER"]
    assert {r[0] for r in rows} == NAMES
    assert "context cut" in err
    _, out, _ = typed("profile", "--bundles", str(folder), "-o", "folded")
    assert {line.split(";")[0] for line in out.splitlines()} == NAMES
    _, out, _ = typed("profile", "--bundles", str(folder), "-o", "tree")
    assert {line.rstrip(":") for line in out.splitlines()} >= NAMES
    assert "| CONTEXT" in typed("profile", "--bundles", str(folder), "-o", "markdown")[1]


def test_a_known_fault_says_in_which(typed: Typed, tmp_path: Path, recording: Callable[[str], Path]) -> None:
    for name in ("v1.4.2-10-clusters", "v1.14.2-healthy"):
        shutil.copytree(recording(name), tmp_path / name)
    code, out, _ = typed("profile", "--bundles", str(tmp_path))
    assert code == 0
    found = [block for block in out.split("\n\n")[1:] if "issue 8602" in block]
    assert len(found) == 1
    assert " ".join(found[0].split()).startswith("v1.4.2-10-clusters: Pod capi-kubeadm-control-plane-system/")


def test_each_has_its_own_now(typed: Typed, folder: Path) -> None:
    _, out, _ = typed("certs", "status", "--bundles", str(folder), "-n", "real")
    assert [line.split()[-1] for line in out.split("\n\n")[0].splitlines()] == ["STATE", "ok", "ok", "STALE"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("certs", "status", "--bundles", "nosuch"), 4, "No such file"),
        (("certs", "status", "--bundles", "."), 4, "no bundle"),
        (("certs", "status", "--bundles", "{}", "--contexts", "a"), 2, "exclude"),
        (("certs", "status", "--bundles", "{}", "--watch"), 2, "does not change"),
        (("certs", "status", "--bundles", "{}", "--verify"), 2, "a bundle holds no etcd"),
        (("cache", "--bundles", "{}", "--token-file", "t"), 2, "exclude"),
        (("cache", "--bundle", "demo:issue-8602", "--context", "c"), 2, "--bundle and --context exclude each other"),
        (("top", "--bundle", "demo:issue-8602", "--kubeconfig", "k", "--as", "u"), 2, "--bundle and --kubeconfig, --as exclude"),
        (("top", "--bundles", "{}", "--local"), 2, "exclude"),
        (("profile", "--bundles", "{}", "--file", "x"), 2, "exclude"),
        (("profile", "--bundles", "{}", "-o", "proto"), 2, "one management cluster"),
        (("profile", "--bundles", "{}", "--baseline", "x"), 2, "one management cluster"),
        (("profile", "--bundles", "{}", "-o", "dot"), 2, "one management cluster"),
        (("profile", "--bundles", "{}", "--open"), 2, "one management cluster"),
        (("profile", "--bundles", "{}", "--focus", "("), 2, "--focus"),
    ],
)
def test_what_cannot_be(typed: Typed, folder: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, says: str) -> None:
    monkeypatch.chdir(folder / "empty")
    made, out, err = typed(*(w.format(folder) for w in words))
    assert (made, out) == (code, "")
    assert says in err


def test_who_has_not_answered_yet_is_not_asked_again(folder: Path) -> None:
    """With --watch the next look begins when the deadline of the last has passed, whoever still works on it."""
    begun, go_on = threading.Event(), threading.Event()

    def prepare(source: Source) -> Callable[[Progress], View]:
        def look(show: Progress) -> View:
            begun.set()
            go_on.wait(30)
            return View(document=None)

        return look

    member = Member("slow", lambda: open_bundle(str(folder / "v1.14.2-healthy")))
    first = threading.Thread(target=member.look, args=(prepare,))
    first.start()
    begun.wait(30)
    with pytest.raises(Timeout, match="last look"):
        member.look(prepare)
    go_on.set()
    first.join()
    assert member.look(prepare) is not None

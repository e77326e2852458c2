"""Releases: krew's manifests are what plugin.yaml says, and an archive that krew would refuse is not let through."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))


def frozen(folder: Path, program: str = "kubectl-kcp") -> Path:
    """As PyInstaller leaves it: a starter, a license, libraries, and on macOS links between them."""
    inner = folder / "kubectl-kcp"
    (inner / "_internal").mkdir(parents=True)
    for name in (program, "LICENSE", "_internal/libpython.so.1"):
        (inner / name).write_bytes(name.encode())
    (inner / "_internal/libpython.so").symlink_to("libpython.so.1")
    return inner


def test_a_build_reads_what_is_committed_and_nothing_else_of_a_working_tree(tmp_path: Path) -> None:
    import clean_copy

    tree, copy = tmp_path / "tree", tmp_path / "copy"
    (tree / "kubectl_kcp").mkdir(parents=True)
    git = ("git", "-C", tree, "-c", "user.name=a", "-c", "user.email=a@localhost")
    for name in ("LICENSE", "kubectl_kcp/a.py", "notes.txt"):
        (tree / name).write_bytes(b"one\n")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "one")):
        subprocess.run([*git, *command], check=True)
    (tree / "kubectl_kcp/a.py").write_bytes(b"two\n")
    (tree / "kubectl_kcp/b.py").write_bytes(b"two\n")
    parts = ("kubectl_kcp", "LICENSE")
    clean_copy.copied(copy, parts, tree)
    assert {p.relative_to(copy).as_posix(): p.read_bytes() for p in copy.rglob("*") if p.is_file()} == {
        "LICENSE": b"one\n",
        "kubectl_kcp/a.py": b"one\n",
    }
    assert clean_copy.uncommitted(parts, tree) == [" M kubectl_kcp/a.py", "?? kubectl_kcp/b.py"]
    with pytest.raises(SystemExit, match="building needs a clone and git"):
        clean_copy.copied(copy, parts, copy)


def test_the_manifests_are_made_of_plugin_yaml() -> None:
    import krew_manifest

    for path, text in krew_manifest.committed().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run tools/krew_manifest.py"


def test_one_is_for_us_and_one_for_the_index_and_both_have_every_platform() -> None:
    import krew_manifest
    from release import platforms

    for name in ("kcp", "capi-kcp"):
        found = yaml.safe_load(krew_manifest.for_all(name))
        assert found["metadata"]["name"] == name
        there = [tuple(p["selector"]["matchLabels"].values()) for p in found["spec"]["platforms"]]
        assert there == [(p.os, p.arch) for p in platforms()]
        assert set(there) == {(os, arch) for os in ("linux", "darwin", "windows") for arch in ("amd64", "arm64")}
        assert {p["bin"] for p in found["spec"]["platforms"] if p["uri"].endswith(".zip")} == {"kubectl-kcp.exe"}
        assert len(found["spec"]["shortDescription"]) <= 50
    assert "kcp-dev" in krew_manifest.for_all("kcp")


def test_a_manifest_of_archives_has_their_digests_and_no_other_platform(tmp_path: Path) -> None:
    import hashlib

    import krew_manifest
    from release import archive_name, platforms

    linux = platforms()[0]
    (tmp_path / archive_name(linux)).write_bytes(b"packed")
    spec = yaml.safe_load(krew_manifest.of_archives("kcp", tmp_path))["spec"]
    assert [p["sha256"] for p in spec["platforms"]] == [hashlib.sha256(b"packed").hexdigest()]
    refused = subprocess.run(
        [sys.executable, ROOT / "tools/krew_manifest.py", "--archives", tmp_path, "--all"], capture_output=True, text=True
    )
    assert refused.returncode
    assert "windows-amd64.zip" in refused.stderr


@pytest.mark.parametrize(("target", "program"), [("a.tar.gz", "kubectl-kcp"), ("a.zip", "kubectl-kcp.exe")])
def test_links_become_files_and_the_same_files_the_same_bytes(tmp_path: Path, target: str, program: str) -> None:
    import archive

    made = []
    for part in ("one", "two"):
        archive.pack(frozen(tmp_path / part, program), tmp_path / part / target)
        made.append(tmp_path / part / target)
    assert made[0].read_bytes() == made[1].read_bytes()
    assert archive.checked(made[0]).files == 4
    assert archive.differing(*made) == []
    assert all(e.regular for e in archive.entries(made[0]))
    (tmp_path / "two/kubectl-kcp/LICENSE").write_bytes(b"other")
    archive.pack(tmp_path / "two/kubectl-kcp", made[1])
    assert archive.differing(*made) == ["kubectl-kcp/LICENSE"]


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("kubectl-kcp/_internal/lib.so", tarfile.SYMTYPE, "krew refuses it"),
        ("kubectl-kcp/../lib.so", tarfile.REGTYPE, "leaves its folder"),
        ("/kubectl-kcp/lib.so", tarfile.REGTYPE, "leaves its folder"),
        ("lib.so", tarfile.REGTYPE, "leaves its folder"),
        ("kubectl-kcp/_internal/hypothesis/x.so", tarfile.REGTYPE, "has no place here"),
        ("kubectl-kcp/kubectl-capi_kcp", tarfile.REGTYPE, "one executable is wanted"),
    ],
)
def test_what_krew_refuses_is_not_let_through(tmp_path: Path, name: str, kind: bytes, words: str) -> None:
    import archive

    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for good, mode in (("kubectl-kcp/kubectl-kcp", 0o755), ("kubectl-kcp/LICENSE", 0o644)):
            member = tarfile.TarInfo(good)
            member.mode = mode
            tar.addfile(member)
        member = tarfile.TarInfo(name)
        member.type, member.linkname, member.mode = kind, "x", 0o755 if "capi_kcp" in name else 0o644
        tar.addfile(member)
    with pytest.raises(AssertionError, match=words):
        archive.checked(path)


def test_an_archive_that_grew_too_large_is_not_let_through(tmp_path: Path) -> None:
    import archive

    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("kubectl-kcp/_internal/lib.so", bytes(archive.LARGEST_UNPACKED + 1))
    with pytest.raises(AssertionError, match="too large"):
        archive.checked(path)


@pytest.mark.parametrize("path", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=lambda p: p.name)
def test_actions_are_named_by_digest_with_their_release_beside_it(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        if "uses:" in line:
            assert re.search(r"uses: [\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {"contents": "read"}


def test_a_release_builds_on_a_machine_of_each_platform() -> None:
    from release import platforms

    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))["jobs"]
    assert len(jobs["archives"]["strategy"]["matrix"]["os"]) == len({(p.os, p.archive) for p in platforms()})
    assert jobs["archives"]["needs"] == jobs["packages"]["needs"] == "tests"


def test_the_page_of_dependencies_has_each_requirement_and_no_other() -> None:
    import make_dependencies

    rows = re.findall(
        r"^\| (\S+) \| (.+?) \| (\S+) \| \d{4}-\d\d.*? \| (.+?) \| [\d.]+ MiB \| \d+ ms \|$",
        make_dependencies.PAGE.read_text(),
        re.MULTILINE,
    )
    assert [name for name, *_ in rows] == make_dependencies.requirements()
    assert {name: purpose for name, purpose, *_ in rows} == {name: purpose for name, (_, purpose) in make_dependencies.PURPOSES.items()}


def test_the_manual_page_has_every_command_and_groff_takes_it() -> None:
    import make_man

    page = make_man.page()
    for path, _ in make_man.commands(make_man.root):
        assert f"\n.SS {' '.join(path)} ".replace("-", "\\-") in page
    if shutil.which("groff"):
        done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-Kutf8"], input=page, capture_output=True, text=True, encoding="utf-8")
        assert (done.returncode, done.stderr) == (0, "")
        assert "--only-problems" in re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout).replace("\u2010", "-")


def test_readme_on_pypi_links_to_this_version_on_the_project_s_pages() -> None:
    import build_python
    from release import plugin

    given = "![p](docs/terminal/doctor-80.svg) [a](docs/start.md#1-get-it), [b](docs/schema/) [c](https://x/y) [d](#here) [e](mailto:x@y)"
    at = f"{plugin()['homepage']}/{{}}/{plugin()['version']}/docs"
    assert build_python.absolute(given) == (
        f"![p]({at.format('raw')}/terminal/doctor-80.svg) [a]({at.format('blob')}/start.md#1-get-it), [b]({at.format('tree')}/schema/) "
        "[c](https://x/y) [d](#here) [e](mailto:x@y)"
    )
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(build_python.LINK.findall(readme)) > 20
    assert not build_python.LINK.search(build_python.absolute(readme))

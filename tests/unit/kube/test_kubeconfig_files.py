"""Merging kubeconfigs, as kubectl does: the first file to set something wins."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path, PureWindowsPath

import pytest

from kubectl_kcp.errors import BadInput, KcpError, NotFound
from kubectl_kcp.kube.kubeconfig import Wanted, find_login
from kubectl_kcp.kube.kubeconfig_files import at, beside, program_beside, usual

FIRST = """
current-context: a
contexts: [{name: a, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: 'http://first'}}]
"""
SECOND = """
current-context: b
contexts: [{name: b, context: {cluster: d, user: u}}]
clusters: [{name: c, cluster: {server: 'http://second'}}, {name: d, cluster: {server: 'http://only-here'}}]
users: [{name: u, user: {token: t}}]
"""


def files(folder: Path, *contents: str) -> str:
    paths = [folder / f"{n}.yaml" for n in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_text(content)
    return os.pathsep.join(map(str, paths))


def test_the_first_file_that_sets_something_wins(tmp_path: Path) -> None:
    both = files(tmp_path, FIRST, SECOND)
    login = find_login(Wanted(kubeconfig=both))
    assert (login.server, login.name, login.authorization()) == ("http://first", "context a", "Bearer t")
    assert find_login(Wanted(kubeconfig=both, context="b")).server == "http://only-here"


def test_an_empty_file_and_an_unset_context_leave_the_choice_to_the_next(tmp_path: Path) -> None:
    assert find_login(Wanted(kubeconfig=files(tmp_path, "", "current-context: ''\n", SECOND))).server == "http://only-here"


@pytest.mark.parametrize("content", ["[1]", "a: [", "\0", "clusters: 7", "x", "? {a: 1}\n: 2\n"])
def test_what_is_no_kubeconfig_ends_in_one_line(tmp_path: Path, content: str) -> None:
    with pytest.raises(KcpError) as caught:
        find_login(Wanted(kubeconfig=files(tmp_path, content)))
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, BadInput) or "is empty" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a: [", "cannot be read: while parsing a flow node did not find expected node content at line 2"),
        ("x", "holds no kubeconfig: its YAML is not a mapping"),
        ("current-context: a\ncontexts: [{name: a}]\n", "context 'a' names no cluster"),
        ("current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\nclusters: [{name: c}]\n", "cluster c has no server"),
        ("current-context: a\ncontexts: [{name: a, context: {cluster: d}}]\nclusters: [{name: c}]\n", "has no cluster 'd'"),
    ],
)
def test_what_is_wrong_with_it_is_said(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(KcpError) as caught:
        find_login(Wanted(kubeconfig=files(tmp_path, content)))
    assert says in str(caught.value)
    assert "byte string" not in str(caught.value)


def test_a_folder_is_told_by_its_reason_alone(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r": cannot be read: Is a directory$"):
        find_login(Wanted(kubeconfig=str(tmp_path)))


def test_a_user_that_holds_nothing_is_anonymous(tmp_path: Path) -> None:
    """As kubectl takes it."""
    login = find_login(Wanted(kubeconfig=files(tmp_path, FIRST, "users: [{name: u, user: null}]\n")))
    assert (login.server, login.authorization()) == ("http://first", "")


def test_without_one_the_demo_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        find_login(Wanted(kubeconfig=str(tmp_path / "none")))
    assert "kubectl kcp demo shows" in caught.value.hint.text("kubectl kcp"), "also commands that read no bundle say so"


def test_the_official_client_is_not_imported_where_nothing_of_it_is_needed(tmp_path: Path) -> None:
    code = "import sys\nfrom kubectl_kcp.kube.kubeconfig import Wanted, find_login\n"
    code += "find_login(Wanted(kubeconfig=sys.argv[1]))\nassert 'kubernetes' not in sys.modules\n"
    assert subprocess.run([sys.executable, "-c", code, files(tmp_path, SECOND)]).returncode == 0


def test_a_user_without_a_home_has_no_kubeconfig_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container: its user is a number that no passwd names."""
    pwd = pytest.importorskip("pwd")

    def unknown(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HOME", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NotFound, match=r"no kubeconfig: ~/\.kube/config does not exist"):
        find_login(Wanted())


@pytest.mark.parametrize("content", ["", "kind: Config\napiVersion: v1\ncontexts: []\ncurrent-context: ''\n"], ids=["nothing", "no entry"])
def test_an_empty_kubeconfig_is_said_to_be_empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str) -> None:
    """It is there; and in a Pod it is as none at all, as for client-go."""
    (tmp_path / "empty").write_text(content)
    for path in (str(tmp_path / "empty"), os.devnull):
        monkeypatch.setenv("KUBECONFIG", path)
        with pytest.raises(NotFound, match=f"no kubeconfig: {path} is empty"):
            find_login(Wanted())
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    with pytest.raises(NotFound, match="in-cluster no"):
        find_login(Wanted())


def test_on_windows_the_first_home_that_has_a_kubeconfig_is_taken(tmp_path: Path) -> None:
    """client-go looks below HOME (Git's shell sets it), then HOMEDRIVE and HOMEPATH, then USERPROFILE."""
    for name in ("git", "drive/user", "profile"):
        (tmp_path / name).mkdir(parents=True)
    environment = {"HOME": str(tmp_path / "git"), "HOMEDRIVE": str(tmp_path / "drive"), "HOMEPATH": "/user"}
    nowhere = usual({}, "nt")
    assert usual(environment, "nt") == nowhere == str(at("~/.kube/config"))
    for home in ("drive/user", "git"):
        (tmp_path / home / ".kube").mkdir()
        (tmp_path / home / ".kube/config").touch()
        assert usual(environment, "nt") == str(tmp_path / home / ".kube/config")
    assert usual(environment, "posix") == nowhere


@pytest.mark.parametrize(
    ("path", "full", "program"),
    [
        (r"ca.crt", r"C:\Users\a\.kube\ca.crt", r"ca.crt"),
        (r"certs\ca.crt", r"C:\Users\a\.kube\certs\ca.crt", r"C:\Users\a\.kube\certs\ca.crt"),
        (r"certs/ca.crt", r"C:\Users\a\.kube\certs\ca.crt", r"C:\Users\a\.kube\certs\ca.crt"),
        (r"D:\certs\ca.crt", r"D:\certs\ca.crt", r"D:\certs\ca.crt"),
        (r"\\server\share\ca.crt", r"\\server\share\ca.crt", r"\\server\share\ca.crt"),
    ],
)
def test_what_a_kubeconfig_of_windows_names_lies_beside_it(path: str, full: str, program: str) -> None:
    folder = PureWindowsPath(r"C:\Users\a\.kube")
    assert beside(folder, path) == full
    assert program_beside(folder, path) == program

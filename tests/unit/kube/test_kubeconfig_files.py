"""Merging kubeconfigs, as kubectl does: the first file to set something wins."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kubectl_kcp.errors import BadInput, KcpError, NotFound
from kubectl_kcp.kube.kubeconfig import Wanted, find_login

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
    assert isinstance(caught.value, BadInput) or "current context" in str(caught.value)


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

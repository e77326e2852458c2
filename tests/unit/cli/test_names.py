"""The name that the program was called by."""

from __future__ import annotations

import pytest

from kubectl_kcp.cli.main import program_name


@pytest.mark.parametrize(
    ("argv0", "name"),
    [
        ("kubectl-kcp", "kubectl kcp"),
        ("bin/kubectl-capi_kcp", "kubectl capi-kcp"),
        ("kubectl-kcp.exe", "kubectl kcp"),
        ("bin/clusterctl-kcp", "clusterctl kcp"),
        ("kubectl_kcp/__main__.py", "kubectl kcp"),
        ("helm-kcp", "kubectl kcp"),
    ],
)
def test_it_is_shown_as_it_was_called(argv0: str, name: str) -> None:
    assert program_name(argv0) == name

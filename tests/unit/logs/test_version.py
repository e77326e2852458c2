"""The version that a controller logs at its start."""

from __future__ import annotations

import json

import pytest

from kubectl_kcp.logs.version import version_in
from kubectl_kcp.model.version import Version

TEXT = 'I1126 13:37:17.000001       1 main.go:323] "Starting manager" logger="setup" version="v1.14.2"'
OLD = 'I1126 13:37:17.000001       1 main.go:212] "setup: starting manager"'


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([OLD, TEXT], Version(1, 14, 2)),
        (
            [json.dumps({"ts": 1, "msg": "Starting manager", "logger": "setup", "version": "v1.13.0-rc.1", "v": 0})],
            Version(1, 13, 0, "rc.1"),
        ),
        ([TEXT.replace("v1.14.2", "")], None),
        ([TEXT.replace("Starting manager", "Scaling up")], None),  # version is a Kubernetes version there
        ([], None),
    ],
)
def test_the_line_of_the_start_alone_tells(lines: list[str], found: Version | None) -> None:
    assert version_in(lines) == found

"""What an Event tells of a command line: enough to know what was done, and no secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_kcp.knowledge.etcdctl import LONGEST, SWITCHES, told


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("etcdctl member list -w table", "etcdctl member list -w …"),
        ("/usr/bin/etcdctl get /registry/pods --prefix --keys-only", "etcdctl get /registry/pods --prefix --keys-only"),
        ("etcdctl put key s3cret", "etcdctl put key …"),
        ("etcdctl --user root:s3cret --debug get key", "etcdctl --user … --debug get key"),
        ("etcdctl --user=root:s3cret --password=s3cret get key", "etcdctl --user=… --password=… get key"),
        ("etcdctl get key --password s3cret", "etcdctl get key --password …"),
        ("etcdctl user add root:s3cret", "etcdctl user add …"),
        ("etcdctl user grant-role root root", "etcdctl user grant-role root root"),
        ("etcdctl watch key -- sh -c s3cret", "etcdctl watch key …"),
        ("etcdctl -ws3cret s3cret s3cret", "etcdctl -w… … …"),
        ("etcdctl s3cret get key", "etcdctl … … …"),
        ("etcdctl member s3cret", "etcdctl member …"),
        ("etcdctl snapshot save w1.db", "etcdctl snapshot save w1.db"),
        ("sh -c s3cret", "sh …"),
        ("/bin/bash", "bash"),
        ("etcdctl", "etcdctl"),
    ],
)
def test_lines(line: str, shown: str) -> None:
    assert told(line.split()) == shown


@given(st.lists(st.sampled_from(["get", "put", "member", "add", "user", "txn", "--user", "-w", "--", "key", *sorted(SWITCHES)])))
def test_what_follows_a_flag_with_a_value_or_a_put_is_never_told(words: list[str]) -> None:
    for secret in (["--password", "s3cret"], ["--password=s3cret"], ["-ws3cret"]):
        assert "s3cret" not in told(["etcdctl", *words, *secret])
        assert "s3cret" not in told(["etcdctl", *secret, *words])
    assert "s3cret" not in told(["etcdctl", "put", "key", *(w for w in words if w not in SWITCHES), "s3cret"])


@given(st.lists(st.text()))
def test_one_line_that_fits_an_event(words: list[str]) -> None:
    line = told(["etcdctl", "get", *words])
    assert len(line) <= LONGEST
    assert line.isprintable()

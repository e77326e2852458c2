"""Flags as a container's command, args and env give them."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_kcp.inventory.flags import expanded, flags_of

ENV = [{"name": "PORT", "value": "9443"}, {"name": "ADDRESS", "value": ":$(PORT)"}]
SECRET = {"name": "ADDRESS", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}


@pytest.mark.parametrize(
    ("container", "flags"),
    [
        ({"args": ["--a=1", "--b"]}, {"a": "1", "b": "true"}),
        ({"command": ["/manager", "--a=1", "-v5"]}, {"a": "1", "v": "5"}),
        ({"command": ["/manager", "--a=1"], "args": ["--b=2", "--a=3"]}, {"a": "3", "b": "2"}),
        ({"command": ["/manager"], "args": ["--a", "1", "--", "--b=2"]}, {"a": "1"}),
        ({"args": ["--a=$(ADDRESS)"], "env": ENV}, {"a": ":9443"}),
        ({"args": ["--a=$(ADDRESS)"], "env": list(reversed(ENV))}, {"a": ":$(PORT)"}),
        ({"args": ["--a=$(ADDRESS)"], "env": [SECRET]}, {"a": "$(ADDRESS)"}),
        ({"args": ["--a=$(ADDRESS)"], "env": [*ENV, SECRET]}, {"a": "$(ADDRESS)"}),
        ({"args": "rubbish", "env": "rubbish", "command": [1]}, {}),
    ],
)
def test_flags_of_a_container(container: dict[str, Any], flags: dict[str, str]) -> None:
    assert flags_of(container) == flags


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("$(A)$(A)", "11"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$1"),
        ("$(B)", "$(B)"),
        ("$(A", "$(A"),
        ("$A", "$A"),
        ("$", "$"),
    ],
)
def test_references_are_read_as_the_kubelet_reads_them(word: str, read: str) -> None:
    """Cases of kubernetes/kubernetes third_party/forked/golang/expansion/expand_test.go."""
    assert expanded(word, {"A": "1"}) == read

"""How people call providers."""

from __future__ import annotations

import pytest

from kubectl_kcp.knowledge.providers import means, short_name


@pytest.mark.parametrize(
    ("provider", "short"),
    [
        ("control-plane-kubeadm", "kcp"),
        ("cluster-api", "core"),
        ("bootstrap-kubeadm", "kbp"),
        ("infrastructure-vsphere", "infra-vsphere"),
        ("control-plane-rke2", "control-plane-rke2"),
    ],
)
def test_what_is_shown_can_be_typed(provider: str, short: str) -> None:
    assert short_name(provider) == short
    assert means(short, provider)
    assert means(provider, provider)


def test_other_names() -> None:
    assert means("infra", "infrastructure-vsphere")
    assert means("cabpk", "bootstrap-kubeadm")
    assert not means("infra", "control-plane-kubeadm")
    assert not means("kcp", "control-plane-rke2")

"""Versions as releases and vendors write them."""

from __future__ import annotations

import pytest

from kubectl_kcp.model.version import Version


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("v1.14.2", "v1.14.2"),
        ("1.14", "v1.14.0"),
        ("v1.12.0-rc.1", "v1.12.0-rc.1"),
        ("v1.12.0-beta.0", "v1.12.0-beta.0"),
        ("v1.12.0-alpha.0.12+abcdef", "v1.12.0-alpha.0.12"),
        ("v1.14.2_vmware.1", "v1.14.2"),
        ("v1.14.2+vmware.1", "v1.14.2"),
        ("v1.14.2-gke.3", "v1.14.2"),
        ("v1.33.2-eks-1a2b3c4", "v1.33.2"),
        ("v1.33.2+k3s1", "v1.33.2"),
        ("v1.33.2-k3s1", "v1.33.2"),
        ("v1.33.2-rancher1-1", "v1.33.2"),
        ("v1.12.0-rc.1_vmware.2", "v1.12.0-rc.1"),
        ("latest", None),
        ("main", None),
        ("sha256:0123", None),
        ("v1", None),
        ("", None),
    ],
)
def test_what_is_read(text: str, read: str | None) -> None:
    found = Version.parse(text)
    assert (str(found) if found else None) == read


def test_a_vendors_build_is_its_release_and_no_pre_release() -> None:
    assert Version.parse("v1.14.2-gke.3") == Version(1, 14, 2)
    ordered = [Version.parse(t) for t in ("v1.12.0-alpha.0", "v1.12.0-beta.0", "v1.12.0-rc.0", "v1.12.0-rc.1", "v1.12.0", "v1.12.1")]
    assert ordered == sorted(ordered, key=lambda v: v.key if v else (0, 0, 0, False, ()))

"""Images of KCP as vendors name them."""

from __future__ import annotations

from tests.unit.field.cases import Case
from tests.unit.field.making import Bundle, kubeadm
from tests.unit.field.situation import add

DIGEST = "sha256:" + "a" * 64
IMAGES = {
    "vmware": ("projects.registry.vmware.com/tkg/kcp:v1.11.2_vmware.1-fips", "1.11.2"),
    "gke": ("gcr.io/x/kcp:v1.12.3-gke.17", "1.12.3"),
    "d2iq": ("ghcr.io/d2iq/kcp:v1.12.3-d2iq.0", "1.12.3"),
    "digest": (f"registry.k8s.io/cluster-api/kcp@{DIGEST}", ""),
    "tag_and_digest": (f"registry.k8s.io:443/cluster-api/kcp:v1.13.0@{DIGEST}", "1.13.0"),
    "rancher": ("rancher/kcp:v1.10.6-build20250901", "1.10.6"),
    "eks_anywhere": ("public.ecr.aws/x/kcp:v1.11.5-eks-a-v0.24.0-build.1", "1.11.5"),
    "candidate": ("r/kcp:v1.14.0-rc.1", "1.14.0-rc.1"),
    "short": ("r/kcp:1.9", "1.9"),
}
"""Image, and the version that it is; "" where it tells none, so that the credential's state is not known."""


def _add(name: str, image: str, version: str) -> None:
    def bundle(b: Bundle) -> None:
        b.controllers(image=image)
        kubeadm(b, "x", "c")

    said: dict[str, tuple[str, ...]] = {"certs credentials x/c -o json": (f'"version": "v?{version}',)} if version else {}
    add(
        f"version_{name}",
        bundle,
        Case(states={"c": "VALID" if version else "UNKNOWN"}, exits={"expired,expiring,invalid,missing": 0}, said=said),
    )


for _name, (_image, _version) in IMAGES.items():
    _add(_name, _image, _version)

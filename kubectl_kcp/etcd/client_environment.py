"""The environment in which etcdctl finds a member that we lead it to, and the credential for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from kubectl_kcp.knowledge import etcdctl

LOOPBACK_NAMES = ("127.0.0.1", "localhost")
"""How a program can call the near end of a tunnel. kubeadm's server certificates hold both."""


class CredentialFiles(Struct, frozen=True):
    """Paths for ``ETCDCTL_CACERT``, ``ETCDCTL_CERT`` and ``ETCDCTL_KEY``."""

    ca: str
    certificate: str
    key: str


def loopback_name(names: Sequence[str]) -> str | None:
    """What to call the near end, so that it is in the server's certificate; None where nothing is."""
    known = {n.lower() for n in names}
    return next((n for n in LOOPBACK_NAMES if n in known), None)


def environment(base: Mapping[str, str], endpoints: Sequence[str], files: CredentialFiles, skip_verify: bool = False) -> dict[str, str]:
    """``base`` without what it says of another etcd."""
    made = {k: v for k, v in base.items() if k not in etcdctl.OF_A_CONNECTION and (k != etcdctl.API or v == "3")}
    made[etcdctl.ENDPOINTS] = ",".join(endpoints)
    made[etcdctl.CA], made[etcdctl.CERTIFICATE], made[etcdctl.KEY] = files.ca, files.certificate, files.key
    if skip_verify:
        made[etcdctl.SKIP_VERIFY] = "true"
    return made

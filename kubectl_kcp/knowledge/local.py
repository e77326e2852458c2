"""How a controller on this machine is told from other programs: by where its ``main`` lies, and by the reconcilers in its metrics."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kubectl_kcp.model.version import Version

_MODULE = r"(?:@(?P<version>v[^/]+))?"
MAINS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), provider)
    for pattern, provider in (
        (rf"cluster-api{_MODULE}/controlplane/kubeadm/main\.go$", "control-plane-kubeadm"),
        (rf"cluster-api{_MODULE}/bootstrap/kubeadm/main\.go$", "bootstrap-kubeadm"),
        (rf"cluster-api(?:/test)?{_MODULE}(?:/test)?/infrastructure/docker/main\.go$", "infrastructure-docker"),
        (rf"cluster-api(?:/test)?{_MODULE}(?:/test)?/infrastructure/inmemory/main\.go$", "infrastructure-in-memory"),
        (rf"cluster-api{_MODULE}/(?:core/)?main\.go$", "cluster-api"),
        (rf"cluster-api-provider-(?P<name>[a-z0-9-]+){_MODULE}/(?:cmd/)?main\.go$", "infrastructure-{name}"),
    )
)
"""The file of ``main.main``, as a goroutine's stack names it → provider. Source: the main.go files of Cluster API v1.4 to v1.14; a
provider's repository is called cluster-api-provider-NAME by custom."""

RECONCILERS = {
    "kubeadmcontrolplane": "control-plane-kubeadm",
    "kubeadmconfig": "bootstrap-kubeadm",
    "machineset": "cluster-api",
    "dockercluster": "infrastructure-docker",
}
"""A reconciler that one provider alone has (label ``controller`` of controller_runtime_*; recordings of v1.4 to v1.14)."""

FORWARDERS = ("kubectl", "kubectl.exe", "ssh", "sshd", "docker-proxy", "rootlessport", "tilt")
"""Programs that listen for a process elsewhere: their own CPU and memory say nothing of a controller."""


def provider_of_main(file: str) -> tuple[str, Version | None] | None:
    """The provider, and the version that a build from a module cache tells. None for another program."""
    for pattern, provider in MAINS:
        if found := pattern.search(file):
            groups = found.groupdict()
            return provider.format(name=groups.get("name", "")), Version.parse(groups.get("version") or "")
    return None


def provider_of_reconcilers(names: Iterable[str]) -> str:
    """ "" for a program of no provider that is known."""
    return next((RECONCILERS[name] for name in names if name in RECONCILERS), "")

"""Log levels as Pods' arguments tell them."""

from __future__ import annotations

from kubectl_kcp.knowledge.log_level import DEFAULT
from kubectl_kcp.knowledge.providers import CAPI_PROVIDERS
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.log_level import PodLevel


def started(controller: Controller, pod: Pod) -> PodLevel:
    """What the arguments tell: the level at the start, and whether there is an endpoint to change it."""
    fixed, given = pod.endpoints.no_levels, pod.flags.get("v")
    if given is not None:
        return PodLevel(controller, pod, int(given) if given.isdigit() else None, "args", fixed=fixed)
    if controller.provider in CAPI_PROVIDERS:
        return PodLevel(controller, pod, DEFAULT, "default", fixed=fixed)
    return PodLevel(controller, pod, None, "", fixed=fixed)

"""How the owner of a profile is called."""

from __future__ import annotations

from kubectl_kcp.knowledge.providers import short_name
from kubectl_kcp.model.profile_report import PodProfile


def called(item: PodProfile) -> str:
    """In a sentence: ``KCP``, ``infra-docker``, or where the profile was read."""
    if item.controller is None:
        return item.origin
    return "KCP" if item.controller.is_kcp else short_name(item.controller.provider)


def listed(item: PodProfile) -> str:
    """In a table: ``kcp``, ``infra-docker``."""
    return item.origin if item.controller is None else short_name(item.controller.provider)


def pod_suffix(item: PodProfile) -> str:
    """The part that tells Pods of one Deployment apart; ``*`` leads."""
    if item.pod is None:
        return ""
    return item.pod.name.rsplit("-", 1)[-1] + ("*" if item.pod.leader else "")

"""What KCP writes into conditions about etcd, in the words of the recordings."""

from __future__ import annotations

import copy
from typing import Any

Object = dict[str, Any]
NOT_REACHED = "Failed to connect to etcd: failed to get etcd status: context deadline exceeded"


def member(machine: Object, healthy: bool, now: str) -> Object:
    """The Machine with EtcdMemberHealthy."""
    made = copy.deepcopy(machine)
    if healthy:
        _set(made["status"]["conditions"], "EtcdMemberHealthy", "True", "Healthy", "", now)
    else:
        _set(made["status"]["conditions"], "EtcdMemberHealthy", "Unknown", "InspectionFailed", NOT_REACHED, now)
    return made


def plane(control_plane: Object, node: str, healthy: bool, now: str) -> Object:
    """The KubeadmControlPlane with EtcdClusterHealthy, Available and MachinesReady, and the first in its v1beta1 form."""
    made = copy.deepcopy(control_plane)
    found, old = made["status"]["conditions"], made["status"]["deprecated"]["v1beta1"]["conditions"]
    if healthy:
        for name, reason in (("EtcdClusterHealthy", "Healthy"), ("Available", "Available"), ("MachinesReady", "Ready")):
            _set(found, name, "True", reason, "", now)
        _set(old, "EtcdClusterHealthy", "True", "", "", now)
    else:
        words = f"* Machine {node}:\n  * EtcdMemberHealthy: {NOT_REACHED}"
        _set(found, "EtcdClusterHealthy", "Unknown", "HealthUnknown", words, now)
        _set(found, "Available", "Unknown", "InspectionFailed", "Failed to get etcd members", now)
        _set(found, "MachinesReady", "Unknown", "ReadyUnknown", words, now)
        words = f"Following Machines are reporting unknown etcd member status: {node}"
        _set(old, "EtcdClusterHealthy", "Unknown", "EtcdClusterUnknown", words, now)
    made["status"]["availableReplicas"] = made["status"]["readyReplicas"] = int(healthy)
    return made


def _set(found: list[Object], name: str, status: str, reason: str, message: str, now: str) -> None:
    condition = next((c for c in found if c["type"] == name), None)
    if condition is None:
        condition = {"type": name}
        found.append(condition)
    if condition.get("status") != status:
        condition["lastTransitionTime"] = now
    condition["status"] = status
    for key, value in (("reason", reason), ("message", message)):
        if value or key in condition:
            condition[key] = value

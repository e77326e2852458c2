"""``profile -o json``: docs/schema/profile.json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.profile import FunctionValue
from kubectl_kcp.model.profile_report import CauseShare, KeysGenerated, PodReport
from kubectl_kcp.render.process import process_data


def item(report: PodReport, functions: Sequence[FunctionValue]) -> dict[str, Any]:
    """One Pod of a controller. A figure that is not there is null."""
    controller, pod, profile = report.item.controller, report.item.pod, report.item.profile
    return {
        "provider": controller.provider if controller else None,
        "namespace": pod.namespace if pod else None,
        "pod": pod.name if pod else None,
        "version": str(controller.version) if controller and controller.version else None,
        "leader": pod.leader if pod else None,
        "origin": report.item.origin,
        "profileType": report.item.kind or None,
        "sampleType": report.type.type,
        "unit": report.type.unit,
        "takenAt": iso(profile.taken),
        "windowSeconds": profile.seconds or None,
        "sampleCount": report.samples,
        "value": report.value,
        "total": report.total,
        "cpuMillicores": report.millicores,
        "causes": [_cause(c, report) for c in report.causes],
        "functions": [{"name": f.name, "flat": f.flat, "cum": f.cum} for f in functions],
        "keysGenerated": _keys(report.keys) if report.keys else None,
        "process": process_data(report.item.process),
        "waits": [
            {"state": w.state, "function": w.function, "lock": w.lock, "goroutines": w.goroutines, "longestSeconds": w.seconds}
            for w in report.waits
        ],
        "halt": {"words": report.halt.words, "function": report.halt.function or None, "fault": report.halt.fault} if report.halt else None,
    }


def _cause(cause: CauseShare, report: PodReport) -> dict[str, Any]:
    row = {"id": cause.id, "title": cause.title, "share": cause.share, "samples": cause.samples, "value": cause.value}
    load = report.millicores_of(cause.value)
    return row if load is None else {**row, "cpuMillicores": load}


def _keys(keys: KeysGenerated) -> dict[str, Any]:
    at = keys.context
    return {
        "allocBytes": keys.allocated,
        "sampleCount": keys.samples,
        "keys": keys.keys,
        "keysLow": keys.low,
        "keysHigh": keys.high,
        "calibrated": keys.calibrated,
        "bytesPerKeyLow": keys.bytes_per_key[0],
        "bytesPerKeyHigh": keys.bytes_per_key[1],
        "goVersion": at.go_version or None,
        "clusters": at.clusters,
        "clustersCreatedSinceStart": at.created,
        "reconciles": at.reconciles,
        "uptimeSeconds": at.uptime,
        "keysPerCluster": keys.per_cluster,
        "keysPerReconcile": keys.per_reconcile,
    }

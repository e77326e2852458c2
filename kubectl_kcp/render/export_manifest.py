"""What runs the exporter in the management cluster, as YAML for ``kubectl apply``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubectl_kcp.knowledge.rights import ACCOUNT, WATCH
from kubectl_kcp.render.listing import to_yaml
from kubectl_kcp.render.rights_manifest import bound, manifest

NAME, PORT = "kubectl-kcp-exporter", 9595
LABELS = {"app.kubernetes.io/name": NAME}
SECRETS = "--with-secrets"
MEMORY = "256Mi"
"""Its limit. What it takes by the number of clusters is in docs/exporter.md."""


def export_manifest(namespace: str, image: str, monitored: bool, push: str = "") -> str:
    """``monitored``: a ServiceMonitor in the place of annotations for Prometheus' own discovery. ``push``: no server, but a job that
    sends the page to this address of a Pushgateway."""
    subject = {"kind": "ServiceAccount", "namespace": namespace, "name": NAME}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _meta(namespace)}
    documents = [account, _cron_job(namespace, image, push)] if push else [account, *_server(namespace, image, monitored, subject)]
    return "\n---\n".join([manifest(namespace, subject, (SECRETS,)), *(to_yaml(d) for d in documents)])


def _server(namespace: str, image: str, monitored: bool, subject: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        *bound(WATCH, subject, ""),
        _deployment(namespace, image),
        _service(namespace, annotated=not monitored),
        _policy(namespace),
        *([_monitor(namespace)] if monitored else []),
    ]


def _meta(namespace: str, **more: Any) -> dict[str, Any]:
    return {"name": NAME, "namespace": namespace, "labels": dict(LABELS), **more}


def _pod(namespace: str, image: str, args: list[str], **of_container: Any) -> dict[str, Any]:
    """May nothing but what its ServiceAccount may."""
    container = {
        "name": "exporter",
        "image": image,
        "args": ["export", "--all-namespaces", *args, f"--service-account={namespace}/{ACCOUNT}"],
        **of_container,
        "resources": {"requests": {"cpu": "20m", "memory": "128Mi"}, "limits": {"memory": MEMORY}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    return {
        "serviceAccountName": NAME,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }


def _deployment(namespace: str, image: str) -> dict[str, Any]:
    probe = {"periodSeconds": 30, "timeoutSeconds": 5}
    probes = {
        f"{name}Probe": {"httpGet": {"path": path, "port": "metrics"}, **probe}
        for name, path in (("liveness", "/healthz"), ("readiness", "/readyz"))
    }
    pod = _pod(namespace, image, [f"--listen=:{PORT}"], ports=[{"name": "metrics", "containerPort": PORT}], **probes)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _meta(namespace),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": dict(LABELS)},
            "template": {"metadata": {"labels": dict(LABELS)}, "spec": pod},
        },
    }


def _cron_job(namespace: str, image: str, push: str) -> dict[str, Any]:
    """One that has failed is not tried again: the next comes soon enough."""
    pod = {**_pod(namespace, image, ["--once", f"--push={push}"]), "restartPolicy": "Never"}
    job = {"backoffLimit": 0, "activeDeadlineSeconds": 240, "template": {"metadata": {"labels": dict(LABELS)}, "spec": pod}}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": _meta(namespace),
        "spec": {"schedule": "*/5 * * * *", "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": job}},
    }


def _service(namespace: str, annotated: bool) -> dict[str, Any]:
    annotations = {"prometheus.io/scrape": "true", "prometheus.io/port": str(PORT)} if annotated else {}
    ports = [{"name": "metrics", "port": PORT, "targetPort": "metrics"}]
    meta = _meta(namespace, **({"annotations": annotations} if annotations else {}))
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"selector": dict(LABELS), "ports": ports}}


def _policy(namespace: str) -> dict[str, Any]:
    """Nobody reaches anything but the port. What it reaches itself is the API server, whose address a policy cannot name."""
    spec = {"podSelector": {"matchLabels": dict(LABELS)}, "policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": "metrics"}]}]}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": _meta(namespace), "spec": spec}


def _monitor(namespace: str) -> dict[str, Any]:
    spec = {"selector": {"matchLabels": dict(LABELS)}, "endpoints": [{"port": "metrics", "interval": "30s"}]}
    return {"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": _meta(namespace), "spec": spec}

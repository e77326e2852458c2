"""What runs the exporter in the management cluster, as YAML for ``kubectl apply``."""

from __future__ import annotations

from typing import Any

from kubectl_kcp.knowledge.rights import WATCH
from kubectl_kcp.render.listing import to_yaml
from kubectl_kcp.render.rights_manifest import bound, manifest

NAME, PORT = "kubectl-kcp-exporter", 9595
LABELS = {"app.kubernetes.io/name": NAME}
SECRETS = "--with-secrets"
MEMORY = "256Mi"
"""Its limit. What it takes by the number of clusters is in docs/exporter.md."""


def export_manifest(namespace: str, image: str, monitored: bool) -> str:
    """``monitored``: a ServiceMonitor in the place of annotations for Prometheus' own discovery."""
    subject = {"kind": "ServiceAccount", "namespace": namespace, "name": NAME}
    documents: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _meta(namespace)},
        *bound(WATCH, subject, ""),
        _deployment(namespace, image),
        _service(namespace, annotated=not monitored),
        _policy(namespace),
        *([_monitor(namespace)] if monitored else []),
    ]
    return "\n---\n".join([manifest(namespace, subject, (SECRETS,)), *(to_yaml(d) for d in documents)])


def _meta(namespace: str, **more: Any) -> dict[str, Any]:
    return {"name": NAME, "namespace": namespace, "labels": LABELS, **more}


def _deployment(namespace: str, image: str) -> dict[str, Any]:
    probe = {"periodSeconds": 30, "timeoutSeconds": 5}
    container = {
        "name": "exporter",
        "image": image,
        "args": ["export", "--all-namespaces", f"--listen=:{PORT}", f"--service-account={namespace}/kubectl-kcp-diagnostics"],
        "ports": [{"name": "metrics", "containerPort": PORT}],
        "livenessProbe": {"httpGet": {"path": "/healthz", "port": "metrics"}, **probe},
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "metrics"}, **probe},
        "resources": {"requests": {"cpu": "20m", "memory": "128Mi"}, "limits": {"memory": MEMORY}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    pod = {
        "serviceAccountName": NAME,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _meta(namespace),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": pod},
        },
    }


def _service(namespace: str, annotated: bool) -> dict[str, Any]:
    annotations = {"prometheus.io/scrape": "true", "prometheus.io/port": str(PORT)} if annotated else {}
    ports = [{"name": "metrics", "port": PORT, "targetPort": "metrics"}]
    meta = _meta(namespace, **({"annotations": annotations} if annotations else {}))
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"selector": LABELS, "ports": ports}}


def _policy(namespace: str) -> dict[str, Any]:
    """Nobody reaches anything but the port. What it reaches itself is the API server, whose address a policy cannot name."""
    spec = {"podSelector": {"matchLabels": LABELS}, "policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": "metrics"}]}]}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": _meta(namespace), "spec": spec}


def _monitor(namespace: str) -> dict[str, Any]:
    spec = {"selector": {"matchLabels": LABELS}, "endpoints": [{"port": "metrics", "interval": "30s"}]}
    return {"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": _meta(namespace), "spec": spec}

"""Certificates and credentials as data: docs/schema/certs-status.json, docs/schema/certs-credentials.json."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.certificate import Certificate, CertificateStatus, ClusterStatus, Renewal, TokenAge
from kubectl_kcp.model.credential import Credential
from kubectl_kcp.model.held_kubeconfig import HeldKubeconfig
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.render.findings import evidence_data


def credential_data(credential: Credential, program: str) -> dict[str, Any]:
    return {
        "state": credential.state.value,
        "inferred": credential.inferred,
        "reason": credential.reason,
        "action": credential.action.text(program) or None,
        "controller": credential.controller or None,
        "version": credential.version or None,
        "cachedFrom": iso(credential.cached_from),
        "caChangedAt": iso(credential.changed_at),
        "expiresBy": iso(credential.expires),
        "evidence": evidence_data(credential.evidence),
    }


def kubeconfig_data(held: HeldKubeconfig, program: str) -> dict[str, Any]:
    return {
        "state": held.state.value,
        "reason": held.reason,
        "action": held.action.text(program) or None,
        "readFrom": iso(held.read_from),
        "readUntil": iso(held.read_until),
        "changedAt": iso(held.changed_at),
        "evidence": evidence_data(held.evidence),
    }


def certificate_data(status: CertificateStatus, now: datetime) -> dict[str, Any]:
    left = None if status.not_after is None else round((status.not_after - now).total_seconds())
    return {
        "kind": status.kind.value,
        "source": str(status.subject),
        "state": status.state.value,
        "states": [s.value for s in status.states],
        "reason": status.reason or None,
        "notBefore": iso(status.not_before),
        "notAfter": iso(status.not_after),
        "usableUntil": iso(status.end),
        "secondsLeft": left,
        "keyAlgorithm": status.algorithm or None,
        "publicKeySHA256": status.public_sha256 or None,
        **(_names(status.certificate) if status.certificate else {}),
        **({"names": list(status.names)} if status.names else {}),
        "trustedCAs": [{**_names(c), "notAfter": iso(c.not_after)} for c in status.trusted],
        "renewal": _renewal(status.renewal) if status.renewal else None,
        **({"token": _token(status.token)} if status.token else {}),
        "checks": [{"name": c.name, "result": c.result.value, "detail": c.detail or None} for c in status.checks],
    }


def _renewal(renewal: Renewal) -> dict[str, Any]:
    return {"by": renewal.by, "at": iso(renewal.at), "obstacle": renewal.obstacle or None}


def _token(token: TokenAge) -> dict[str, Any]:
    return {
        "writtenAt": iso(token.written),
        "writtenBy": token.by or None,
        "livesSeconds": None if token.lives is None else round(token.lives.total_seconds()),
        "renewedEverySeconds": None if token.every is None else round(token.every.total_seconds()),
        "ended": token.ended if token.lives is not None and token.written is not None else None,
    }


def _names(certificate: Certificate) -> dict[str, Any]:
    return {"subject": certificate.subject, "issuer": certificate.issuer, "serial": certificate.serial, "sha256": certificate.sha256}


def cluster_data(item: ClusterStatus, now: datetime, program: str) -> dict[str, Any]:
    return {
        "namespace": item.cluster.namespace,
        "name": item.cluster.name,
        "uid": item.cluster.uid,
        "state": item.state,
        "certificates": [certificate_data(c, now) for c in item.certificates],
        "credential": credential_data(item.credential, program),
    }


def orphan_data(secret: CertificateSecret) -> dict[str, Any]:
    return {"namespace": secret.namespace, "name": secret.name, "cluster": secret.cluster}

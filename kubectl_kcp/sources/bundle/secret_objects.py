"""A reduced Secret as an object again: what ``sources.secrets.reduce`` reads back to an equal one."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from kubectl_kcp.knowledge.control_planes import SUFFIXES
from kubectl_kcp.knowledge.resources import CLUSTER_LABEL
from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.secret import CertificateSecret, Key, KeyState, Kubeconfig
from kubectl_kcp.sources.keys import REDACTED
from kubectl_kcp.sources.secrets import CERTIFICATE_FIELDS, RECORDED

PUBLIC = re.compile(rb"-----BEGIN (CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY)-----[^-]*-----END \1-----\n?")


def secret_object(secret: CertificateSecret) -> dict[str, Any]:
    """Keys read ``REDACTED``; what is known of them stands in the field ``kubectlKcp``."""
    recorded: dict[str, Any] = {"problem": secret.problem} if secret.problem else {}
    data: dict[str, str] = {}
    key = secret.key
    if secret.purpose.is_kubeconfig:
        data["value"] = ""
    if secret.kubeconfig is not None:
        data["value"] = _b64(_kubeconfig(secret.kubeconfig))
        key = secret.kubeconfig.key
        recorded |= {"invalid": secret.kubeconfig.invalid, "uncertified": secret.kubeconfig.uncertified}
    if secret.field:
        pem = secret.certificate_pem
        data[secret.field] = _b64(public_pem(pem) if secret.purpose in SUFFIXES else _public_blocks(pem))
    if secret.key.state is not KeyState.ABSENT:
        data[dict(CERTIFICATE_FIELDS).get(secret.field, CERTIFICATE_FIELDS[0][1])] = _b64(REDACTED)
    if key.state is not KeyState.ABSENT:
        recorded["key"] = _key(key)
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "namespace": secret.namespace,
            "name": secret.name,
            "uid": secret.uid,
            "resourceVersion": secret.resource_version,
            "creationTimestamp": iso(secret.created),
            "labels": {CLUSTER_LABEL: secret.label} if secret.label else {},
            "ownerReferences": [{"kind": k} for k in secret.owner_kinds],
            "managedFields": [
                {
                    "manager": o.manager,
                    "operation": o.operation,
                    "time": iso(o.time),
                    "fieldsV1": {"f:data": {f"f:{f}": {} for f in sorted(o.fields)}},
                }
                for o in secret.owners
            ],
        },
        "type": secret.type,
        "data": data,
        RECORDED: recorded,
    }


def public_pem(pem: bytes) -> bytes:
    """As it lies there, unless a private key lies beside: then the public blocks alone."""
    return pem if b"PRIVATE KEY" not in pem else _public_blocks(pem)


def _public_blocks(pem: bytes) -> bytes:
    """Of a Secret that nobody here knows: what else lies there may be anything."""
    return b"".join(m[0] for m in PUBLIC.finditer(pem))


def _key(key: Key) -> dict[str, str]:
    made = {"state": key.state.value, "algorithm": key.algorithm, "publicSha256": key.public_sha256}
    return {**made, "problem": key.problem} if key.problem else made


def _kubeconfig(config: Kubeconfig) -> bytes:
    """JSON, which is YAML, too. Each way to authenticate keeps its field, with nothing in it."""
    cluster: dict[str, Any] = {"server": config.server}
    if config.ca_pem:
        cluster["certificate-authority-data"] = _b64(public_pem(config.ca_pem))
    word = REDACTED.decode()
    users: dict[str, dict[str, Any]] = {"token": {"token": word}, "exec": {"exec": {"command": word}}, "other": {"username": word}}
    user = users.get(config.auth, {})
    if config.certificate_pem:
        user["client-certificate-data"] = _b64(public_pem(config.certificate_pem))
    if config.key.state is not KeyState.ABSENT:
        user["client-key-data"] = _b64(REDACTED)
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "c", "user": user}],
    }
    return json.dumps(document).encode()


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()

"""From a Secret as JSON to its public remains: the one place where private keys are looked at, and dropped.

Names and types: Cluster API ``util/secret/consts.go``. Bootstrap data has the same type and label as certificates and is
told from them by its name and owner; its content is never decoded.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any

from kubectl_kcp.model.secret import CertificateSecret, FieldOwner, Key, KeyState, Kubeconfig, Purpose
from kubectl_kcp.model.times import parse_time
from kubectl_kcp.sources.resources import CLUSTER_LABEL

REDACTED = b"REDACTED"
_SUFFIXES = sorted(Purpose, key=lambda p: -len(p.value))


def purpose_of(name: str, cluster: str, owner_kinds: tuple[str, ...]) -> tuple[Purpose, str] | None:
    """The purpose and the cluster's name, or None for bootstrap data and everything else.

    ``cluster`` is the label's value, "" where it is missing. A Machine may be called ``c1-ca``: its bootstrap data is
    owned by a ``*Config`` kind.
    """
    if any(kind.endswith("Config") for kind in owner_kinds):
        return None
    for purpose in _SUFFIXES:
        stem = name.removesuffix("-" + purpose.value)
        if stem != name and stem and (not cluster or stem == cluster):
            return purpose, stem
    return None


def reduce(obj: Mapping[str, Any]) -> CertificateSecret | None:
    """Returns None where the Secret is not a certificate's. Never raises for what it finds in the data."""
    meta = obj.get("metadata") or {}
    name, labels = str(meta.get("name", "")), meta.get("labels") or {}
    owner_kinds = tuple(str(o.get("kind", "")) for o in meta.get("ownerReferences") or ())
    known = purpose_of(name, str(labels.get(CLUSTER_LABEL, "")), owner_kinds)
    if known is None:
        return None
    purpose, cluster = known
    data, problem = obj.get("data") or {}, ""
    certificate, key, kubeconfig = b"", Key(KeyState.ABSENT), None
    try:
        if purpose is Purpose.KUBECONFIG:
            kubeconfig = reduce_kubeconfig(_decode(data, "value"))
        else:
            certificate = _decode(data, "tls.crt")
            key = reduce_key(_decode(data, "tls.key", required=False))
    except ValueError as e:
        problem = str(e)
    return CertificateSecret(
        namespace=str(meta.get("namespace", "")),
        name=name,
        cluster=cluster,
        purpose=purpose,
        uid=str(meta.get("uid", "")),
        type=str(obj.get("type", "")),
        created=parse_time(meta.get("creationTimestamp")),
        resource_version=str(meta.get("resourceVersion", "")),
        owner_kinds=owner_kinds,
        owners=tuple(_owners(meta.get("managedFields") or ())),
        certificate_pem=certificate,
        key=key,
        kubeconfig=kubeconfig,
        problem=problem,
    )


def _decode(data: Mapping[str, Any], field: str, required: bool = True) -> bytes:
    value = data.get(field)
    if value is None or value == "":
        if required:
            raise ValueError(f"no {field} in its data")
        return b""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise ValueError(f"{field} is not base64") from None


def _owners(entries: Iterable[Mapping[str, Any]]) -> list[FieldOwner]:
    owners = []
    for entry in entries:
        fields = (entry.get("fieldsV1") or {}).get("f:data")
        if isinstance(fields, Mapping):
            names = frozenset(str(f)[2:] for f in fields if str(f).startswith("f:"))
            owners.append(FieldOwner(str(entry.get("manager", "")), str(entry.get("operation", "")), parse_time(entry.get("time")), names))
    return owners


def reduce_key(pem: bytes) -> Key:
    """A private key in PEM to its kind and the SHA-256 of its public key."""
    if not pem:
        return Key(KeyState.ABSENT)
    if pem.strip() == REDACTED:
        return Key(KeyState.REDACTED)
    from kubectl_kcp.model.keys import describe_private_key

    try:
        algorithm, digest = describe_private_key(pem)
    except ValueError:
        return Key(KeyState.UNREADABLE)
    return Key(KeyState.PRESENT, algorithm, digest)


def reduce_kubeconfig(text: bytes) -> Kubeconfig:
    """A kubeconfig to its server, CA and client certificate. Raises ValueError with a reason free of its content."""
    import yaml

    try:
        doc = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - the safe loader, in C
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise ValueError("the kubeconfig is not YAML") from None
    if not isinstance(doc, Mapping):
        raise ValueError("the kubeconfig is not a mapping")
    context = _named(doc.get("contexts"), doc.get("current-context"), "context")
    cluster = _named(doc.get("clusters"), context.get("cluster"), "cluster")
    user = _named(doc.get("users"), context.get("user"), "user")
    if not cluster:
        raise ValueError("the kubeconfig names no cluster")
    if not user:
        raise ValueError("the kubeconfig has no users")
    return Kubeconfig(
        server=str(cluster.get("server", "")),
        auth=_auth(user),
        ca_pem=_inline(cluster, "certificate-authority-data"),
        certificate_pem=_inline(user, "client-certificate-data"),
        key=reduce_key(_inline(user, "client-key-data")),
    )


def _named(entries: object, name: object, key: str) -> Mapping[str, Any]:
    """The entry of that name, or the only one, as kubectl reads it."""
    found = [e for e in entries if isinstance(e, Mapping)] if isinstance(entries, list) else []
    chosen = [e for e in found if e.get("name") == name] or (found if len(found) == 1 else [])
    inner = chosen[0].get(key) if chosen else None
    return inner if isinstance(inner, Mapping) else {}


def _auth(user: Mapping[str, Any]) -> str:
    for kind, fields in (("certificate", ("client-certificate-data",)), ("token", ("token", "tokenFile")), ("exec", ("exec",))):
        if any(user.get(f) for f in fields):
            return kind
    return "other" if user else "none"


def _inline(entry: Mapping[str, Any], field: str) -> bytes:
    value = entry.get(field)
    if not value:
        return b""
    try:
        return base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{field} in the kubeconfig is not base64") from None

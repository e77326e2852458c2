"""From a Secret as JSON to its public remains: the one place where private keys are looked at, and dropped.

Names and types: Cluster API ``util/secret/consts.go``. Bootstrap data has the same type and label as certificates and is
told from them by its name and owner; its content is never decoded.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypedDict

from kubectl_kcp.knowledge.resources import CLUSTER_LABEL
from kubectl_kcp.kube.objects import rows, section, text
from kubectl_kcp.kube.times import parse_time
from kubectl_kcp.model.secret import CertificateSecret, FieldOwner, Key, KeyState, Kubeconfig, Purpose
from kubectl_kcp.sources import plain_yaml, usual_kubeconfig

REDACTED = b"REDACTED"
RECORDED = "kubectlKcp"
"""Field of a Secret in a bundle: what was known of its key (``key``) and its data (``problem``) when it was reduced."""
_SUFFIXES = [("-" + p.value, p) for p in sorted(Purpose, key=lambda p: -len(p.value))]


def purpose_of(name: str, cluster: str, owner_kinds: tuple[str, ...]) -> tuple[Purpose, str] | None:
    """The purpose and the cluster's name, or None for bootstrap data and everything else.

    ``cluster`` is the label's value, "" where it is missing. A Machine may be called ``c1-ca``: its bootstrap data is
    owned by a ``*Config`` kind.
    """
    for kind in owner_kinds:
        if kind.endswith("Config"):
            return None
    for suffix, purpose in _SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            stem = name[: -len(suffix)]
            if not cluster or stem == cluster:
                return purpose, stem
    return None


def reduce(obj: Mapping[str, Any]) -> CertificateSecret | None:
    """Returns None where the Secret is not a certificate's. Never raises for what it finds in the data."""
    meta = section(obj, "metadata")
    name = text(meta, "name")
    owner_kinds = tuple(text(o, "kind") for o in rows(meta, "ownerReferences"))
    known = purpose_of(name, text(section(meta, "labels"), CLUSTER_LABEL), owner_kinds)
    if known is None:
        return None
    purpose, cluster = known
    data = section(obj, "data")
    made = CertificateSecret(
        namespace=text(meta, "namespace"),
        name=name,
        cluster=cluster,
        purpose=purpose,
        uid=text(meta, "uid"),
        type=text(obj, "type"),
        created=parse_time(meta.get("creationTimestamp")),
        resource_version=text(meta, "resourceVersion"),
        owner_kinds=owner_kinds,
        owners=tuple(_owners(rows(meta, "managedFields"))),
        **contents(purpose, lambda field: _decode(data, field)),
    )
    recorded = section(obj, RECORDED)
    return _with_recorded(made, recorded) if recorded else made


class Contents(TypedDict):
    """The fields of CertificateSecret that come of its data."""

    certificate_pem: bytes
    key: Key
    kubeconfig: Kubeconfig | None
    problem: str


def contents(purpose: Purpose, take: Callable[[str], bytes]) -> Contents:
    """What remains of a Secret's data. ``take`` gives a field, b"" where it is missing, and may raise ValueError."""
    made = Contents(certificate_pem=b"", key=Key(KeyState.ABSENT), kubeconfig=None, problem="")
    try:
        if purpose is Purpose.KUBECONFIG:
            made["kubeconfig"] = reduce_kubeconfig(_required(take, "value"))
        else:
            made["certificate_pem"] = _required(take, "tls.crt")
            made["key"] = reduce_key(take("tls.key"))
    except ValueError as e:
        made["problem"] = str(e)
    return made


def _required(take: Callable[[str], bytes], field: str) -> bytes:
    value = take(field)
    if not value:
        raise ValueError(f"no {field} in its data")
    return value


def _with_recorded(secret: CertificateSecret, recorded: Mapping[str, Any]) -> CertificateSecret:
    """With what a bundle says of the key and the data that are no longer there."""
    config = secret.kubeconfig
    return replace(
        secret,
        key=_recorded_key(secret.key, recorded),
        kubeconfig=replace(config, key=_recorded_key(config.key, recorded)) if config else None,
        problem=text(recorded, "problem") or secret.problem,
    )


def _recorded_key(key: Key, recorded: Mapping[str, Any]) -> Key:
    """What a bundle says of a key that is no longer there."""
    known = section(recorded, "key")
    if key.state is not KeyState.REDACTED or text(known, "state") not in {s.value for s in KeyState}:
        return key
    return Key(KeyState(text(known, "state")), text(known, "algorithm"), text(known, "publicSha256"))


def _decode(data: Mapping[str, Any], field: str) -> bytes:
    value = data.get(field)
    return b"" if value is None or value == "" else _base64(value, field)


def _base64(value: object, what: str) -> bytes:
    """Raises ValueError, free of the value."""
    try:
        return base64.b64decode(value, validate=True)  # type: ignore[arg-type] # a TypeError is one more way to be wrong
    except (binascii.Error, TypeError, ValueError):
        raise ValueError(f"{what} is not base64") from None


def _owners(entries: Iterable[Mapping[str, Any]]) -> list[FieldOwner]:
    owners = []
    for entry in entries:
        names = frozenset(str(f)[2:] for f in section(entry, "fieldsV1", "f:data") if str(f).startswith("f:"))
        if names:
            owners.append(FieldOwner(text(entry, "manager"), text(entry, "operation"), parse_time(entry.get("time")), names))
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


def reduce_kubeconfig(config: bytes) -> Kubeconfig:
    """A kubeconfig to its server, CA and client certificate. Raises ValueError with a reason free of its content."""
    usual = usual_kubeconfig.read(config)
    if usual is not None:
        return Kubeconfig(
            server=usual.server,
            auth="certificate",
            ca_pem=_base64(usual.ca_data, "certificate-authority-data in the kubeconfig"),
            certificate_pem=_base64(usual.certificate_data, "client-certificate-data in the kubeconfig"),
            key=reduce_key(_base64(usual.key_data, "client-key-data in the kubeconfig")),
        )
    try:
        doc = plain_yaml.load(config)
    except ValueError as e:
        raise ValueError(f"the kubeconfig is {e}") from None
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
        server=text(cluster, "server"),
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
    return _base64(value, f"{field} in the kubeconfig") if value else b""

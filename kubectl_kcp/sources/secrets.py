"""From a Secret as JSON to its public remains: the one place where private keys are looked at, and dropped.

Names and types: Cluster API ``util/secret/consts.go``. Bootstrap data has the same type and label as certificates and is
told from them by the names of its data, its name and owner; its content is never decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple, TypedDict, TypeVar

from msgspec.structs import replace

from kubectl_kcp.inventory.cluster_secrets import splits
from kubectl_kcp.knowledge.certificates import SIGNERS
from kubectl_kcp.knowledge.control_planes import SUFFIXES
from kubectl_kcp.knowledge.resources import CLUSTER_LABEL
from kubectl_kcp.kube.objects import rows, section, text
from kubectl_kcp.kube.times import parse_time
from kubectl_kcp.model.secret import CertificateSecret, FieldOwner, Key, KeyState, Kubeconfig, Purpose
from kubectl_kcp.sources import talosconfig
from kubectl_kcp.sources.keys import reduce_key, without_private_keys
from kubectl_kcp.sources.kubeconfig import decoded, held_once, reduce_kubeconfig

RECORDED = "kubectlKcp"
"""Field of a Secret in a bundle: what was known of its key (``key``) and its data (``problem``) when it was reduced."""
CERTIFICATE_FIELDS = (("tls.crt", "tls.key"), ("crt", "key"), ("ca.crt", "ca.key"))
"""Names of a certificate's and its key's data. The first is Cluster API's and kubernetes.io/tls'; ``crt`` is old MicroK8s' (canonical/
cluster-api-bootstrap-provider-microk8s), ``ca.crt`` HyperShift's and Kamaji's."""


_CERTIFICATES = frozenset((talosconfig.FIELD, *(certificate for certificate, _ in CERTIFICATE_FIELDS)))
_OF_ACCOUNT = frozenset(("ca.crt", "namespace", "token"))
"""A service account's token brings the management cluster's own CA along (kubernetes.io/service-account-token)."""
_KNOWN = {str(purpose): purpose for purpose in SUFFIXES}


class Owner(NamedTuple):
    kind: str
    name: str


def told(name: str, label: str) -> tuple[Purpose, str] | None:
    """The purpose and the cluster's name that a Secret's name and label tell, or None where they tell of no cluster.

    ``label`` is the label's value, "" where it is missing. Which of two clusters it is may show only with the Clusters at hand:
    ``inventory.cluster_secrets``.
    """
    if label and name.startswith(label + "-"):
        rest = name[len(label) + 1 :]
        return _KNOWN.get(rest) or Purpose(rest), label
    found = [(purpose, cluster) for cluster, purpose in splits(name)]
    return found[-1] if found else (Purpose(name), label) if label else None


def wanted(purpose: Purpose, name: str, owners: Iterable[Owner], fields: Collection[str]) -> bool:
    """Whether a Secret is worth decoding, by the names of its data: bootstrap data and what holds no certificate is not.

    Bootstrap data has ``value`` and, since v1beta1, ``format``; its owner is a ``*Config`` of the same name (CAPI
    ``bootstrap/kubeadm/internal/controllers/kubeadmconfig_controller.go``, storeBootstrapData). A Machine may be called ``c1-ca``, and a
    cluster's CAs may be owned by a KubeadmConfig.
    """
    if not _CERTIFICATES.isdisjoint(fields):
        return not _OF_ACCOUNT.issubset(fields)
    if "value" in fields:
        bootstrap = "format" in fields or any(o.kind.endswith("Config") and o.name == name for o in owners)
        return purpose.is_kubeconfig and not bootstrap
    return purpose in SUFFIXES


def reduce(obj: Mapping[str, Any]) -> CertificateSecret | None:
    """Returns None where the Secret is not a certificate's. Never raises for what it finds in the data."""
    meta = section(obj, "metadata")
    name, label = text(meta, "name"), text(section(meta, "labels"), CLUSTER_LABEL)
    known, data = told(name, label), section(obj, "data")
    references = tuple(Owner(text(o, "kind"), text(o, "name")) for o in rows(meta, "ownerReferences"))
    if known is None or not wanted(known[0], name, references, data):
        return None
    purpose, cluster = known
    made = CertificateSecret(
        namespace=text(meta, "namespace"),
        name=name,
        cluster=cluster,
        purpose=purpose,
        uid=text(meta, "uid"),
        type=text(obj, "type"),
        created=parse_time(meta.get("creationTimestamp")),
        resource_version=text(meta, "resourceVersion"),
        owner_kinds=tuple(o.kind for o in references),
        owners=tuple(_owners(rows(meta, "managedFields"))),
        label=label,
        **contents(purpose, data, lambda field: _decode(data, field)),
    )
    recorded = section(obj, RECORDED)
    return _with_recorded(made, recorded) if recorded else made


class Contents(TypedDict):
    """The fields of CertificateSecret that come of its data."""

    certificate_pem: bytes
    key: Key
    kubeconfig: Kubeconfig | None
    problem: str
    field: str


def contents(purpose: Purpose, fields: Collection[str], take: Callable[[str], bytes]) -> Contents:
    """What remains of a Secret's data. ``take`` gives a field, b"" where it is missing, and may raise ValueError."""
    made = Contents(certificate_pem=b"", key=Key(KeyState.ABSENT), kubeconfig=None, problem="", field="")
    try:
        if purpose.is_kubeconfig:
            made["kubeconfig"] = reduce_kubeconfig(_required(take, "value"))
        elif talosconfig.FIELD in fields:
            made["field"] = CERTIFICATE_FIELDS[0][0]  # what a bundle holds of it
            pem, key_pem = talosconfig.client(_required(take, talosconfig.FIELD))
            made["certificate_pem"], made["key"] = without_private_keys(pem), reduce_key(key_pem)
        else:
            certificate, key = next((pair for pair in CERTIFICATE_FIELDS if pair[0] in fields), CERTIFICATE_FIELDS[0])
            made["field"] = certificate
            made["certificate_pem"] = held_once(without_private_keys(_required(take, certificate)))
            made["key"] = reduce_key(take(key), signs=purpose in SIGNERS)
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
    if config is not None:
        config = replace(
            config,
            key=_recorded_key(config.key, recorded),
            invalid=_of_type(str, recorded.get("invalid"), config.invalid),
            uncertified=_of_type(bool, recorded.get("uncertified"), config.uncertified),
        )
    return replace(
        secret,
        key=_recorded_key(secret.key, recorded),
        kubeconfig=config,
        problem=text(recorded, "problem") or secret.problem,
    )


_T = TypeVar("_T")


def _of_type(kind: type[_T], value: object, otherwise: _T) -> _T:
    return value if isinstance(value, kind) else otherwise


def _recorded_key(key: Key, recorded: Mapping[str, Any]) -> Key:
    """What a bundle says of a key that is no longer there."""
    known = section(recorded, "key")
    if key.state is not KeyState.REDACTED or text(known, "state") not in {s.value for s in KeyState}:
        return key
    return Key(KeyState(text(known, "state")), text(known, "algorithm"), text(known, "publicSha256"), text(known, "problem"))


def _decode(data: Mapping[str, Any], field: str) -> bytes:
    value = data.get(field)
    return b"" if value is None or value == "" else decoded(value, field)


def _owners(entries: Iterable[Mapping[str, Any]]) -> list[FieldOwner]:
    owners = []
    for entry in entries:
        names = frozenset(str(f)[2:] for f in section(entry, "fieldsV1", "f:data") if str(f).startswith("f:"))
        if names:
            owners.append(FieldOwner(text(entry, "manager"), text(entry, "operation"), parse_time(entry.get("time")), names))
    return owners

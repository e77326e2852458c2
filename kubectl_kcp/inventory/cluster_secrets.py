"""Which Secret belongs to which Cluster: by its name as Cluster API looks it up, then by its label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from kubectl_kcp.knowledge.control_planes import SUFFIXES, provider_of
from kubectl_kcp.knowledge.resources import SECRET_TYPE
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.model.secret import CertificateSecret, Purpose

USUAL = "tls.crt"


def splits(name: str) -> Iterator[tuple[str, Purpose]]:
    """Each way to read ``name`` as a cluster's name and a known purpose, the longest cluster's name first."""
    at = name.rfind("-")
    while at > 0:
        purpose = Purpose(name[at + 1 :])
        if purpose in SUFFIXES:
            yield name[:at], purpose
        at = name.rfind("-", 0, at)


class Assigned(NamedTuple):
    """``lost`` belong to none of the clusters that were asked about."""

    by_cluster: dict[Ref, list[CertificateSecret]]
    lost: list[CertificateSecret]


def assigned(secrets: Iterable[CertificateSecret], clusters: Iterable[Cluster]) -> Assigned:
    """The Secrets by their Cluster.

    Cluster API reads ``CLUSTER-PURPOSE`` whatever its label says (``util/secret``, LookupCached). A name that can be read in two ways is
    the labelled cluster's. Other labelled Secrets belong to the cluster of their label, whatever they are called.
    """
    known = {c.ref: c.control_plane_kind for c in clusters}
    made = Assigned({}, [])
    for secret in secrets:
        owner = _owner(secret, known)
        if owner is None:
            made.lost.append(secret)
            continue
        cluster, purpose = owner
        told = (secret.cluster, secret.purpose) == (cluster.name, purpose)
        own = secret if told else replace(secret, cluster=cluster.name, purpose=purpose)
        made.by_cluster.setdefault(cluster, []).append(own if own.field in ("", USUAL) else _as_read(own, known[cluster]))
    return made


def _as_read(secret: CertificateSecret, control_plane_kind: str) -> CertificateSecret:
    """A provider that reads another field finds nothing: "missing data for key tls.crt" (CAPI ``util/secret/certificates.go``)."""
    provider = provider_of(control_plane_kind)
    if not provider.fields or secret.field in provider.fields or provider.held(secret.purpose) is None:
        return secret
    return replace(secret, problem=f"no {USUAL} in its data, though there is {secret.field}")


def _owner(secret: CertificateSecret, known: Mapping[Ref, str]) -> tuple[Ref, Purpose] | None:
    labelled = Ref(secret.namespace, secret.label)
    if secret.cluster == secret.label and secret.purpose in SUFFIXES and labelled in known:
        return labelled, secret.purpose
    named = [(Ref(secret.namespace, cluster), purpose) for cluster, purpose in splits(secret.name)]
    candidates = [c for c in named if c[0] in known]
    if candidates:
        return next((c for c in candidates if c[0].name == secret.label), candidates[0])
    return (labelled, Purpose(secret.name.removeprefix(f"{secret.label}-"))) if secret.label and labelled in known else None


def is_orphan(secret: CertificateSecret) -> bool:
    """Whether a Secret that belongs to no Cluster was one's: made by Cluster API, or labelled, and called as its Secrets are.

    Not where it has an owner: Kubernetes deletes what no owner is left of, so that one is there, such as a Cluster of k0smotron's own that
    stands without Cluster API (k0smotron internal/controller/k0smotron.io/k0smotroncluster_certs.go: the same label and type).
    """
    return secret.purpose in SUFFIXES and not secret.owner_kinds and bool(secret.label or secret.type == SECRET_TYPE)


def left_behind(lost: Iterable[CertificateSecret], by_cluster: Mapping[Ref, Iterable[CertificateSecret]]) -> list[CertificateSecret]:
    """Orphans, but for copies: tools (reflector, Kyverno, External Secrets) put a cluster's kubeconfig or CA with its label into namespaces
    of others. A copy is called as a Secret of a Cluster elsewhere, and holds its CA."""
    orphans = [s for s in lost if is_orphan(s)]
    if not orphans:
        return []
    names = {s.name for s in orphans}
    held = {(s.name, _authority(s)) for found in by_cluster.values() for s in found if s.name in names}
    return [s for s in orphans if not _authority(s) or (s.name, _authority(s)) not in held]


def _authority(secret: CertificateSecret) -> bytes:
    return secret.kubeconfig.ca_pem if secret.kubeconfig is not None else secret.certificate_pem

"""Whether a certificate renews itself: who does it and when, and what stands in the way. Pure.

KubeadmControlPlane, in Cluster API 1.14.2: controlplane/kubeadm/reconcilers/kubeadmcontrolplane/helpers.go (reconcileKubeconfig; a
Secret of Cluster API's type without its owner is adopted first, so that only the type decides), util/collections/machine_filters.go
(ShouldRolloutBefore), util/certs/consts.go (ClientCertificateRenewalDuration); other control planes: ``knowledge.control_planes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from msgspec.structs import replace

from kubectl_kcp.knowledge.control_planes import BY_OWNER, NOBODY, Form, provider_for
from kubectl_kcp.knowledge.resources import SECRET_TYPE
from kubectl_kcp.model.certificate import CertificateState, CertificateStatus, Check, CheckResult, Hindrance, Renewal
from kubectl_kcp.model.cluster import Cluster, ControlPlane
from kubectl_kcp.model.secret import CertificateSecret, KeyState, Purpose

BEFORE_END = timedelta(days=365) / 2
"""KCP renews a kubeconfig so long before its end: half of the year that it makes it for."""
LATE = timedelta(hours=1)
"""KCP looks at each cluster every 10 minutes at least; what is later than this does not happen by itself."""
ROLLOUT = "KCP, by a rollout: spec.rollout.before.certificatesExpiryDays (v1beta1: spec.rolloutBefore)"
SOON = timedelta(days=60)
"""So near an API server's end a rollout that nobody asked for is worth a word: a change of the control plane takes its time."""


def of_secret(
    cluster: Cluster,
    purpose: Purpose,
    found: Mapping[Purpose, CertificateSecret],
    ends: datetime | None,
    now: datetime,
    signer: CertificateStatus | None = None,
) -> Renewal | None:
    """None for keys, which have no end, and where the provider's row tells nothing of it. ``ends`` is the certificate's end, ``signer``
    how the cluster's CA stands."""
    provider = provider_for(cluster)
    held, plane = provider.held(purpose), cluster.control_plane
    if held is None or held.form is Form.KEYS:
        return None
    ours = purpose == Purpose.KUBECONFIG and cluster.may_be_kubeadm
    blocked = paused(cluster, plane)
    going = cluster.deleting or (plane is not None and plane.deleting)
    if ours:
        blocked = blocked or _no_signer(found.get(Purpose.CA), signer)
    if not ours or plane is None or not plane.is_kubeadm:
        minds = blocked if held.renewed not in _OTHERS else ""
        return _by_row(held.renewed, minds, ours and not blocked and not going)
    secret = found[purpose]
    if secret.type != SECRET_TYPE:
        obstacle = f"the Secret is of type {secret.type or 'none'}: KCP neither adopts nor renews it"
        return Renewal(
            NOBODY, obstacle=f"{obstacle}; {blocked}" if blocked else obstacle, hindrance=Hindrance.BLOCKED, anew=not blocked and not going
        )
    at = ends - BEFORE_END if ends is not None else None
    fails = stumbles(cluster, secret)
    standing = blocked or (fails.detail if fails is not None else "")
    return replace(_by_kcp("KCP", at, standing, _late(cluster, plane, at, now)), anew=not blocked and not going)


_OTHERS = frozenset({NOBODY, BY_OWNER})
"""Who does not mind a pause."""


def stumbles(cluster: Cluster, secret: CertificateSecret) -> Check | None:
    """KCP looks at the certificate of every user in a kubeconfig of its own, and fails where one has none (util/kubeconfig,
    NeedsClientCertRotation; all versions). It made itself the owner of each of Cluster API's type. None where it does not fail."""
    config, plane = secret.kubeconfig, cluster.control_plane
    if secret.purpose != Purpose.KUBECONFIG or config is None or not config.uncertified or plane is None or not plane.is_kubeadm:
        return None
    if secret.type != SECRET_TYPE or plane.kind not in secret.owner_kinds or plane.deleting or cluster.deleting:
        return None
    detail = "a user in it has no client certificate: failed to decode kubeconfig client certificate: unable to decode PEM data"
    return Check(NAME, CheckResult.WARNING, detail)


NAME = "kcp-renews"


@lru_cache(maxsize=256)
def _by_row(renewed: str, blocked: str, anew: bool) -> Renewal:
    return Renewal(renewed, obstacle=blocked, hindrance=Hindrance.BLOCKED if blocked else Hindrance.NOTHING, anew=anew)


def of_machine(cluster: Cluster, ends: datetime, now: datetime) -> Renewal | None:
    """The API server's certificate, which is new with each new Machine."""
    plane = cluster.control_plane
    if plane is None or not plane.is_kubeadm:
        return None
    days = plane.certificates_expiry_days
    if days is None:
        if ends - now > SOON or _on_its_way(cluster, plane):
            return Renewal(ROLLOUT)
        pause = paused(cluster, plane)
        asked = "no rollout is asked for: it is not renewed by itself"
        return Renewal(ROLLOUT, None, f"{asked}; {pause}" if pause else asked, Hindrance.NOT_ASKED)
    at = ends - timedelta(days=days)
    late = "" if plane.rolling_out else _late(cluster, plane, at, now)
    return _by_kcp("KCP, by a rollout", at, paused(cluster, plane), late)


def _by_kcp(by: str, at: datetime | None, blocked: str, late: str) -> Renewal:
    hindrance = Hindrance.BLOCKED if blocked else Hindrance.OVERDUE if late else Hindrance.NOTHING
    return Renewal(by, at, blocked or late, hindrance)


def paused(cluster: Cluster, plane: ControlPlane | None) -> str:
    """Controllers leave alone what is paused (util/annotations, IsPaused)."""
    if cluster.paused:
        return f"Cluster {cluster.ref} is paused: nothing is renewed"
    if plane is None or not plane.paused:
        return ""
    return f"{plane.kind} {plane.namespace}/{plane.name} is paused: nothing is renewed"


def _no_signer(ca: CertificateSecret | None, status: CertificateStatus | None) -> str:
    """Why no kubeconfig can be made that works, "" where one can."""
    if ca is None or ca.problem:
        return "the cluster's CA is not at hand"
    words = {KeyState.ABSENT: "has no private key", KeyState.UNREADABLE: "has a private key that cannot be read"}
    if ca.key.state in words:
        return f"the cluster's CA {words[ca.key.state]}"
    if status is None:
        return ""
    if CertificateState.EXPIRED in status.states:
        return "the cluster's CA has ended"
    failed = any(c.name == "key-fits" and c.result is CheckResult.FAILED for c in status.checks)
    return "the cluster's CA has a private key that is not its own" if failed else ""


def _on_its_way(cluster: Cluster, plane: ControlPlane) -> bool:
    """Machines are being replaced, or all of it is going."""
    return plane.rolling_out or plane.deleting or cluster.deleting


def _late(cluster: Cluster, plane: ControlPlane, at: datetime | None, now: datetime) -> str:
    """A control plane that is being deleted renews nothing any more (reconcileDelete)."""
    if at is None or now - at <= LATE or plane.deleting or cluster.deleting:
        return ""
    return "that time has passed: look at KCP's conditions and log"

"""What our own attempt says about KCP's cached credential: inference turned into observation. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from kubectl_kcp.advice import NO_ADVICE, advice, command
from kubectl_kcp.credentials import causes
from kubectl_kcp.knowledge.refusals import etcd_condition, not_connected
from kubectl_kcp.model.cluster import Cluster, Condition
from kubectl_kcp.model.credential import Credential, CredentialState
from kubectl_kcp.model.etcd import Attempt, Refusal, Stage
from kubectl_kcp.model.finding import Evidence

JUDGED = frozenset(
    {
        CredentialState.FRESH,
        CredentialState.SUSPECT,
        CredentialState.STALE,
        CredentialState.CA_MISMATCH,
        CredentialState.SERVER_CERTIFICATE,
        CredentialState.CLOCK,
        CredentialState.REFUSED,
        CredentialState.UNKNOWN,
    }
)
"""States that trying can settle; the others hold no cached certificate that could be refused."""

FIRST_RECONCILE = timedelta(minutes=1)
"""In which a new leader has tried each cluster's etcd; the client's own deadline is 15 s."""
NOT_TRUSTED = frozenset({Refusal.CLIENT_UNKNOWN_CA, Refusal.CLIENT_REQUIRED, Refusal.SERVER_UNKNOWN_CA})
REASONS: dict[Refusal | None, CredentialState] = {
    Refusal.SERVER_EXPIRED: CredentialState.SERVER_CERTIFICATE,
    Refusal.SERVER_NOT_YET_VALID: CredentialState.SERVER_CERTIFICATE,
    Refusal.CLIENT_EXPIRED: CredentialState.CLOCK,
    Refusal.CLIENT_BAD: CredentialState.REFUSED,
}
"""Refusals that are about neither KCP's credential nor the CA in the Secret, and what each says."""


def verified(inferred: Credential, cluster: Cluster, attempt: Attempt, at: datetime) -> Credential:
    """The credential with what trying showed. ``attempt`` is the one that came furthest."""
    if inferred.state not in JUDGED:
        return inferred
    seen = Evidence(_line(attempt), f"our attempt on {attempt.endpoint}", at)
    evidence = (*inferred.evidence, seen)
    if attempt.reached:
        return _reached(replace(inferred, evidence=evidence), cluster, at)
    if attempt.refusal in NOT_TRUSTED:
        return replace(
            inferred,
            state=CredentialState.CA_MISMATCH,
            inferred=False,
            reason="the etcd CA in the cluster's Secret is not the one that etcd trusts: it was replaced in one place only",
            action=causes.cure(CredentialState.CA_MISMATCH, cluster),
            evidence=evidence,
        )
    if attempt.stage is Stage.TLS:
        state = REASONS.get(attempt.refusal, CredentialState.UNKNOWN)
        action = causes.cure(state, cluster, not_yet=attempt.refusal is Refusal.SERVER_NOT_YET_VALID)
        return replace(inferred, state=state, inferred=False, reason=attempt.reason, action=action, evidence=evidence)
    return _no_verdict(replace(inferred, evidence=evidence), cluster, attempt, at)


def _reached(credential: Credential, cluster: Cluster, at: datetime) -> Credential:
    condition = etcd_condition(cluster)
    if condition is not None and not_connected(condition):
        evidence = (*credential.evidence, _shown(condition))
        if credential.state is CredentialState.FRESH:
            if _before_it_began(condition, credential, at):
                reason = "a new credential reaches etcd; KCP's leader has only just begun and has not told yet whether it does, too"
                action = advice(command(f"certs status {cluster.name} -n {cluster.namespace} --verify"))
            else:
                reason = "a new credential reaches etcd, KCP does not, yet the etcd CA has not changed: look at KCP's route to the cluster"
                action = advice(command(f"cache {cluster.name} -n {cluster.namespace}"))
            return replace(credential, state=CredentialState.UNKNOWN, inferred=False, reason=reason, action=action, evidence=evidence)
        return replace(
            credential,
            state=CredentialState.STALE,
            inferred=False,
            reason="a new credential reaches etcd, KCP's does not",
            action=causes.cure(CredentialState.STALE, cluster),
            evidence=evidence,
        )
    if credential.state is CredentialState.SUSPECT:
        return replace(credential, reason=f"{credential.reason}; etcd trusts the new CA, KCP has not tried since")
    if credential.state is CredentialState.STALE:  # its log has it already, its condition will when the reconcile is over
        return replace(credential, inferred=False, reason=f"{credential.reason}; a new credential reaches etcd")
    return replace(
        credential,
        state=CredentialState.FRESH,
        inferred=False,
        reason="a new credential reaches etcd, and KCP's does, too",
        action=NO_ADVICE,
    )


def _before_it_began(condition: Condition, credential: Credential, at: datetime) -> bool:
    """Whether what the condition says is the leader's before this one, which has had no time yet to reconcile."""
    begun = credential.cached_from
    return begun is not None and condition.since is not None and condition.since <= begun and at - begun < FIRST_RECONCILE


def _no_verdict(credential: Credential, cluster: Cluster, attempt: Attempt, at: datetime) -> Credential:
    """We did not get as far as etcd: nothing is said of it. What KCP itself sees, and what was inferred, stand beside."""
    condition = etcd_condition(cluster)
    lines = [Evidence(f"without trying: {credential.state.value}, {credential.reason}", "inferred", at)]
    if condition is not None:
        lines.append(_shown(condition))
    return replace(
        credential,
        state=CredentialState.UNKNOWN,
        inferred=False,
        reason=f"no route to etcd from here ({attempt.stage.value}: {attempt.reason})",
        evidence=(*credential.evidence, *lines),
    )


def _shown(condition: Condition) -> Evidence:
    words = condition.message.replace("\n", " ")
    return Evidence(
        f"KCP's condition {condition.type}={condition.status}{': ' + words if words else ''}", "KubeadmControlPlane", condition.since
    )


def _line(attempt: Attempt) -> str:
    if attempt.reached and attempt.status is not None:
        return f"a new credential reaches etcd {attempt.status.version}"
    alert = f" (TLS: {attempt.alert})" if attempt.alert else ""
    return f"{attempt.stage.value}: {attempt.reason}{alert}"


def furthest(attempts: list[Attempt]) -> Attempt:
    """The attempt that says most: one that reached etcd, else one that etcd refused, else the longest way."""
    order = list(Stage)
    return max(attempts, key=lambda a: (a.reached, a.refusal is not None, order.index(a.stage)))

"""What is wrong with the etcd client credentials that KCP caches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.credential_entries import CLOCK, MISMATCH, OTHER_CAUSE, REFUSED, SERVER_CERTIFICATE, STALE, SUSPECT, UNJUDGED
from kubectl_kcp.model.credential import Credential, CredentialState
from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.reference import ObjectRef, Ref

CODES = {
    CredentialState.STALE: STALE,
    CredentialState.SUSPECT: SUSPECT,
    CredentialState.CA_MISMATCH: MISMATCH,
    CredentialState.SERVER_CERTIFICATE: SERVER_CERTIFICATE,
    CredentialState.CLOCK: CLOCK,
    CredentialState.REFUSED: REFUSED,
}


def credential_findings(credentials: Iterable[tuple[Ref, Credential]]) -> Iterator[Finding]:
    """``credentials`` with the Cluster that each is of."""
    for cluster, credential in credentials:
        code = _code(credential)
        if code:
            yield found(
                code,
                ObjectRef("Cluster", cluster),
                f"credential {credential.state.value}: {credential.reason}",
                evidence=credential.evidence,
                since=credential.changed_at,
                action=credential.action,
            )


def _code(credential: Credential) -> str:
    """ "" where there is nothing to say."""
    if credential.serious:
        return CODES.get(credential.state, UNJUDGED)
    if not credential.action:
        return ""
    return UNJUDGED if credential.state is CredentialState.UNKNOWN else OTHER_CAUSE

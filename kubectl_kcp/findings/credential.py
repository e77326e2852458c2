"""What is wrong with the etcd client credentials that KCP caches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.credential_entries import CLOCK, MISMATCH, REFUSED, SERVER_CERTIFICATE, STALE, SUSPECT, UNJUDGED
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
        code = CODES.get(credential.state)
        if code is None and credential.state is CredentialState.UNKNOWN and not credential.inferred:
            code = UNJUDGED  # trying it told nothing: the reason is the answer to --verify
        if code is not None:
            yield found(
                code,
                ObjectRef("Cluster", cluster),
                f"credential {credential.state.value}: {credential.reason}",
                evidence=credential.evidence,
                since=credential.changed_at,
                action=credential.action,
            )

"""Secrets by their names, one request each: as Cluster API looks them up, whatever their type and label."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_kcp.advice import GRANT
from kubectl_kcp.errors import BadInput, FailureKind, Forbidden, KcpError, NotFound
from kubectl_kcp.knowledge.resources import SECRETS
from kubectl_kcp.kube import wire
from kubectl_kcp.kube.api import Api, Unauthorized, path_of
from kubectl_kcp.machine.parallel import in_parallel
from kubectl_kcp.model.reference import Failure, Listing, Ref, Subject
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.sources.live.decoding import decode
from kubectl_kcp.sources.secrets import reduce

AT_ONCE = 8
MOST = 1000
"""Requests for one look. Whoever has more Secrets that no list shows narrows what is looked at."""
NO_CERTIFICATE = "it holds no certificate"


def named_secrets(api: Api, refs: Sequence[Ref]) -> Listing[CertificateSecret]:
    """Those of ``refs`` that are there. Each failure is one Secret's: what is in neither does not exist.

    A namespace that refuses one is not asked for another. Raises Unauthorized.
    """
    refused: dict[str, KcpError] = {}

    def ask(ref: Ref) -> CertificateSecret | None:
        if ref.namespace in refused:
            raise refused[ref.namespace]
        try:
            content = api.request("GET", path_of("", "v1", SECRETS.plural, ref.namespace, ref.name), accept=wire.ACCEPT)
        except NotFound:
            return None
        except Forbidden as e:
            refused[ref.namespace] = e
            raise
        return _read(content)

    found, failures = [], []
    for ref, answer in in_parallel(refs[:MOST], ask, SECRETS.plural, noun="Secret", at_once=AT_ONCE):
        if isinstance(answer, Unauthorized):
            raise answer
        if isinstance(answer, KcpError):
            hint = GRANT if isinstance(answer, Forbidden) else answer.hint
            failures.append(Failure(Subject.of("Secret", ref), answer.kind, str(answer), hint))
        elif answer is not None:
            found.append(answer)
    too_many = f"more than {MOST} would have to be asked for one by one"
    failures += [Failure(Subject.of("Secret", ref), FailureKind.UNDECIDED, too_many) for ref in refs[MOST:]]
    return Listing(tuple(found), tuple(failures))


def _read(content: bytes) -> CertificateSecret:
    if wire.is_protobuf(content):
        from kubectl_kcp.sources.live import secret_message

        found = secret_message.read_one(content)
    else:
        document = decode(content)
        found = reduce(document) if isinstance(document, dict) else None
    if found is None:
        raise BadInput(NO_CERTIFICATE)
    return found

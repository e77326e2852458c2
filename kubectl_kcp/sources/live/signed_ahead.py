"""Who signed each kubeconfig's certificate, found out by the second process while this one goes on: it is asked for next.

What is not answered by then is checked when it is asked for (``pki.signature``), so that nothing waits for this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import msgspec

from kubectl_kcp.machine.second_process import SecondProcess
from kubectl_kcp.model.certificate import Certificate
from kubectl_kcp.model.secret import Purpose
from kubectl_kcp.pki.signature import Asked, Signed, remember, signed_by
from kubectl_kcp.sources.live.facts import Fact

AT_ONCE = 200
"""Pairs of a question: the first are asked for soon."""
Pair = tuple[Certificate, Certificate]
"""A certificate, and the one that is named as its signer."""

_encode: Final = msgspec.msgpack.encode
_pairs: Final = msgspec.msgpack.Decoder(list[Pair])
_answers: Final = msgspec.msgpack.Decoder(list[tuple[Asked, Signed]])


def ask(process: SecondProcess, facts: Sequence[Fact]) -> None:
    """Ends the process."""
    with process:
        ahead = pairs(facts)
        while some := list(islice(ahead, AT_ONCE)):
            answered = process.ask(f"{__name__}:answer", _encode(some))
            if answered is None:
                return
            remember(dict(_answers.decode(answered)))


def answer(question: bytes) -> bytes:
    """In the second process."""
    return _encode([((c.sha256, by.public_sha256), signed_by(c, by)) for c, by in _pairs.decode(question)])


def pairs(facts: Sequence[Fact]) -> Iterator[Pair]:
    """Of each cluster with both Secrets, in the order of ``facts``."""
    authorities = {
        (f.secret.namespace, f.secret.cluster): f.certificates[0]
        for f in facts
        if f.secret is not None and f.secret.purpose == Purpose.CA and f.certificates
    }
    for fact in facts:
        secret = fact.secret
        if secret is None or secret.kubeconfig is None or not fact.certificates:
            continue
        mine, authority = fact.certificates[0], authorities.get((secret.namespace, secret.cluster))
        if authority is not None and authority.subject_der == mine.issuer_der:
            yield mine, authority

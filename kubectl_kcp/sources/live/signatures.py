"""Which signatures were found good or bad, from one run to the next: the next one need not import cryptography to check them again.

Public through and through: of a certificate and of its issuer's public key there are digests, and the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice

from kubectl_kcp import __version__
from kubectl_kcp.machine import user_cache
from kubectl_kcp.pki.signature import KEPT, Asked, Signed, answers, remember

FORMAT = 1
"""Of a record. Another version of the plugin trusts none of this one's."""
BELOW = "signatures"
"""The folder within the cache's."""
_DIGEST = 32
_CODES = {Signed.YES: b"y", Signed.NO: b"n"}
"""What could not be checked is tried again: another version of cryptography may know how."""
_ANSWERS = {code: answer for answer, code in _CODES.items()}


@contextmanager
def kept() -> Iterator[None]:
    """Answers of earlier runs are known within, and those of this run afterwards."""
    name = sha256(repr((FORMAT, __version__)).encode()).hexdigest()[:32]
    before = _read(user_cache.load(BELOW, name))
    remember(before)
    try:
        yield
    finally:
        decided = {asked: answer for asked, answer in dict(answers()).items() if answer in _CODES}  # others may still come in
        if decided.keys() - before.keys():
            user_cache.store(BELOW, name, [_written(decided)])


def _written(known: Mapping[Asked, Signed]) -> bytes:
    """The newest, as one record."""
    newest = islice(known.items(), max(0, len(known) - KEPT), None)
    return b"".join(bytes.fromhex(certificate) + bytes.fromhex(key) + _CODES[answer] for (certificate, key), answer in newest)


def _read(records: Iterable[bytes]) -> dict[Asked, Signed]:
    """What is of another shape counts for nothing."""
    made: dict[Asked, Signed] = {}
    for record in records:
        for at in range(0, len(record) - 2 * _DIGEST, 2 * _DIGEST + 1):
            key, code = at + _DIGEST, at + 2 * _DIGEST
            answer = _ANSWERS.get(record[code : code + 1])
            if answer is not None:
                made[record[at:key].hex(), record[key:code].hex()] = answer
    return made

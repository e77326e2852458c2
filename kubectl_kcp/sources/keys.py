"""Private keys to what is public of them: nothing above this folder holds one."""

from __future__ import annotations

import re

from kubectl_kcp.model.secret import Key, KeyState

REDACTED = b"REDACTED"


def reduce_key(pem: bytes, signs: bool = False) -> Key:
    """A private key in PEM to its kind and the SHA-256 of its public key. ``signs``: Cluster API signs with it, and takes the first
    block alone (``pki.private_key``)."""
    if not pem:
        return Key(KeyState.ABSENT)
    if pem.strip() == REDACTED:
        return Key(KeyState.REDACTED)
    from kubectl_kcp.pki.private_key import any_key, first_key  # only where there are keys: start-up does not wait for it

    try:
        algorithm, digest = (first_key if signs else any_key)(pem)
    except ValueError as e:
        return Key(KeyState.UNREADABLE, problem=str(e))
    return Key(KeyState.PRESENT, algorithm, digest)


_PRIVATE = re.compile(rb"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END )", re.DOTALL)


def without_private_keys(pem: bytes) -> bytes:
    """Blocks of private keys stay as blocks, with nothing in them: that one lies before a certificate decides what Go reads."""
    return _PRIVATE.sub(rb"\1\nUkVEQUNURUQ=\n\2", pem) if b"PRIVATE KEY" in pem else pem

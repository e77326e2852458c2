"""Feeds the certificate reader N damaged files: ``python -m tests.fuzz.fuzz_pem 1000000``.

Only ValueError may come of it, in one line. The damage is done to PEM, to DER, and to the DER inside intact PEM. The seed is
printed, so that a failing run can be repeated: ``... 1000000 SEED``.
"""

from __future__ import annotations

import random
import ssl
from collections import Counter

from kubectl_kcp.pki.certificate import read_certificates, read_public_key
from tests.authority import certificate
from tests.fuzz.damage import command, damaged, said

CA = certificate("etcd-ca")
LEAF = certificate("client", CA, serial=7)
PEM = CA.pem + b"a comment\n" + LEAF.pem
WORDS = (
    b"-----BEGIN CERTIFICATE-----\n",
    b"-----END CERTIFICATE-----\n",
    b"-----BEGIN PUBLIC KEY-----\n",
    b"\x30\x80",
    b"\x30\x84\xff\xff\xff\xff",
    b"=",
)


def one(chance: random.Random) -> bytes:
    match chance.randrange(3):
        case 0:
            return damaged(PEM, chance, WORDS)
        case 1:
            return damaged(LEAF.der, chance, WORDS)
        case _:
            return ssl.DER_cert_to_PEM_cert(damaged(CA.der, chance, WORDS)).encode()


def read(data: bytes, outcomes: Counter[str]) -> None:
    for name, reader in (("certificates", read_certificates), ("public key", read_public_key)):
        try:
            reader(data)
            outcomes[f"{name}: read"] += 1
        except ValueError as e:
            outcomes[f"{name}: {said(e)[:40]}"] += 1


if __name__ == "__main__":
    command("damaged certificates", one, read)

"""Feeds the certificate reader N damaged files: ``python -m tests.fuzz.fuzz_pem 1000000``.

Only ValueError may come of it, in one line. The damage is done to PEM, to DER, and to the DER inside intact PEM. The seed is
printed, so that a failing run can be repeated: ``... 1000000 SEED``.
"""

from __future__ import annotations

import base64
import functools
import random
import ssl
from collections import Counter
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kubectl_kcp.pki.private_key import any_key, first_key
from kubectl_kcp.pki.reading import Reader, read_certificates, read_public_keys
from tests.authority import certificate
from tests.fuzz.damage import command, damaged, said

CA = certificate("etcd-ca")
LEAF = certificate("client", CA, serial=7)
KEYS = [
    key.private_bytes(Encoding.DER, form, NoEncryption())
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL)
    for key in (rsa.generate_private_key(65537, 1024), CA.key)
]
PEM = CA.pem + b"a comment\n" + LEAF.pem
WORDS = (
    b"-----BEGIN CERTIFICATE-----\n",
    b"-----END CERTIFICATE-----\n",
    b"-----BEGIN PUBLIC KEY-----\n",
    b"\x30\x80",
    b"\x30\x84\xff\xff\xff\xff",
    b"=",
)


READERS: dict[str, Callable[[bytes], object]] = {
    **{f"certificates as {r.value}": functools.partial(read_certificates, reader=r) for r in Reader},
    "public keys": read_public_keys,
    "first key": first_key,
    "any key": any_key,
}


def one(chance: random.Random) -> bytes:
    match chance.randrange(5):
        case 3:
            return damaged(LEAF.key_pem, chance, WORDS)
        case 4:
            begin, end = b"-----BEGIN PRIVATE KEY-----\n", b"-----END PRIVATE KEY-----\n"
            return begin + base64.encodebytes(damaged(KEYS[chance.randrange(len(KEYS))], chance, WORDS)) + end
        case 0:
            return damaged(PEM, chance, WORDS)
        case 1:
            return damaged(LEAF.der, chance, WORDS)
        case _:
            return ssl.DER_cert_to_PEM_cert(damaged(CA.der, chance, WORDS)).encode()


def read(data: bytes, outcomes: Counter[str]) -> None:
    for name, reader in READERS.items():
        try:
            reader(data)
            outcomes[f"{name}: read"] += 1
        except ValueError as e:
            outcomes[f"{name}: {said(e)[:40]}"] += 1


if __name__ == "__main__":
    command("damaged certificates", one, read)

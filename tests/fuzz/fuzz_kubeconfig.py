"""Feeds the reducing reader of Secrets N damaged kubeconfigs: ``python -m tests.fuzz.fuzz_kubeconfig 1000000``.

Only ValueError may come of it, in one line, and never with the token that the kubeconfig holds. The seed is printed, so that a
failing run can be repeated: ``... 1000000 SEED``.
"""

from __future__ import annotations

import base64
import random
from collections import Counter

from kubectl_kcp.sources.kubeconfig import reduce_kubeconfig
from tests.authority import certificate
from tests.fuzz.damage import command, damaged, said

TOKEN = b"hunter2hunter2"
MADE = certificate("admin")


def _inline(data: bytes) -> bytes:
    return base64.b64encode(data)


KUBECONFIG = b"""apiVersion: v1
kind: Config
clusters:
- name: c1
  cluster: {server: "https://10.0.0.1:6443", certificate-authority-data: %s}
contexts:
- name: admin@c1
  context: {cluster: c1, user: admin}
current-context: admin@c1
users:
- name: admin
  user:
    client-certificate-data: %s
    client-key-data: %s
    token: %s
""" % (_inline(MADE.pem), _inline(MADE.pem), _inline(MADE.key_pem), TOKEN)
WORDS = (
    b"&a ",
    b"*a ",
    b"<<: *a",
    b"!!int ",
    b"!!timestamp ",
    b"[",
    b"{",
    b"- ",
    b"\t",
    b"? ",
    b"---\n",
    b"|\n",
    b"%YAML 9\n",
    b"\x85",
    b"null",
)


def one(chance: random.Random) -> bytes:
    return damaged(KUBECONFIG, chance, WORDS)


def read(data: bytes, outcomes: Counter[str]) -> None:
    try:
        found = reduce_kubeconfig(data)
        outcomes[f"read: {found.auth}, key {found.key.state.value}"] += 1
    except ValueError as e:
        outcomes[said(e, TOKEN.decode())[:60]] += 1


if __name__ == "__main__":
    command("damaged kubeconfigs", one, read)

"""A kubeconfig exactly as Cluster API writes it (client-go's ``clientcmd.Write``): read by its one shape, a fiftieth of YAML's cost.

Anything else, quotes, other orders, several users or a null, is not taken here but left to the YAML reader.
"""

from __future__ import annotations

import re

from msgspec import Struct

_NAME = rb"[A-Za-z0-9](?:[A-Za-z0-9@._/-]*[A-Za-z0-9])?"
_BASE64 = rb"[A-Za-z0-9+/]{8,}={0,2}"
_USUAL = re.compile(
    rb"apiVersion: v1\n"
    rb"clusters:\n- cluster:\n    certificate-authority-data: (?P<ca>%(b)s)\n    server: (?P<server>https://[A-Za-z0-9.:/_-]*[A-Za-z0-9/])\n"
    rb"  name: (?P<cluster>%(n)s)\n"
    rb"contexts:\n- context:\n    cluster: (?P=cluster)\n    user: (?P<user>%(n)s)\n  name: (?P<context>%(n)s)\n"
    rb"current-context: (?P=context)\n"
    rb"kind: Config\n(?:preferences: {}\n)?"
    rb"users:\n- name: (?P=user)\n  user:\n"
    rb"    client-certificate-data: (?P<certificate>%(b)s)\n    client-key-data: (?P<key>%(b)s)\n" % {b"n": _NAME, b"b": _BASE64}
)
_NULLS = frozenset({b"null", b"Null", b"NULL"})


class UsualKubeconfig(Struct, frozen=True):
    """The three ``data`` fields are in base64, not looked at yet."""

    server: str
    ca_data: bytes
    certificate_data: bytes
    key_data: bytes


def read(config: bytes) -> UsualKubeconfig | None:
    """None where it is of another shape."""
    found = _USUAL.fullmatch(config)
    if found is None or not _NULLS.isdisjoint(found.group("cluster", "user", "context")):
        return None
    return UsualKubeconfig(found["server"].decode(), found["ca"], found["certificate"], found["key"])

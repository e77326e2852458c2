"""Kubeconfigs as people and programs write them, in the place of one that KCP made."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.unit.field.cases import Case
from tests.unit.field.making import GONE, Bundle, Kubeadm, Object, ca, kubeadm, kubeconfig, leaf, text
from tests.unit.field.situation import HEALTHY, add
from tests.unit.pki.made import DAY, NOW

GOOD = "VALID"


def usual(k: Kubeadm, **cluster: Any) -> bytes:
    return kubeconfig(k.ca.pem, k.admin, "c", **cluster)


def changed(k: Kubeadm, cluster: Object | None = None, user: Object | None = None) -> bytes:
    """The usual one with other fields; None takes one out."""
    config = json.loads(usual(k))
    for entry, fields in ((config["clusters"][0]["cluster"], cluster), (config["users"][0]["user"], user)):
        entry.update(fields or {})
        for field in [f for f, v in entry.items() if v is None]:
            del entry[field]
    return json.dumps(config).encode()


def several(k: Kubeadm) -> bytes:
    """Before the current one another, whose certificate has ended."""
    config, old = json.loads(usual(k)), leaf(ca("other", 44), "old", 45, start=GONE, end=NOW - DAY)
    config["users"].insert(0, {"name": "old", "user": {"client-certificate-data": text(old.pem), "client-key-data": text(old.key_pem)}})
    config["clusters"].insert(0, {"name": "old", "cluster": {"server": "https://old:6443"}})
    config["contexts"].insert(0, {"name": "old", "context": {"cluster": "old", "user": "old"}})
    return json.dumps(config).encode()


def in_lines(k: Kubeadm) -> bytes:
    """Its base64 as ``base64`` prints it."""
    user = json.loads(usual(k))["users"][0]["user"]
    return changed(k, user={f: "\n".join(v[i : i + 76] for i in range(0, len(v), 76)) + "\n" for f, v in user.items()})


INSECURE: Object = {"insecure-skip-tls-verify": True}
NO_CA: Object = {"certificate-authority-data": None}
KUBECONFIGS: dict[str, tuple[Callable[[Kubeadm], bytes], str]] = {
    "byte_order_mark": (lambda k: b"\xef\xbb\xbf" + usual(k), GOOD),
    "proxy": (lambda k: usual(k, **{"proxy-url": "socks5://x:1080"}), GOOD),
    "server_name": (lambda k: usual(k, **{"tls-server-name": "kubernetes"}), GOOD),
    "token_file": (lambda k: kubeconfig(k.ca.pem, {"tokenFile": "/var/run/secrets/token"}, "c"), "NOT_APPLICABLE"),
    "insecure": (lambda k: changed(k, INSECURE | NO_CA), GOOD),
    "insecure_and_ca": (lambda k: changed(k, INSECURE), "INVALID|VALID"),
    "several_users_and_clusters": (several, GOOD),
    "in_lines": (in_lines, GOOD),
    "no_current_context": (lambda k: json.dumps(json.loads(usual(k)) | {"current-context": ""}).encode(), "INVALID"),
    "data_and_file": (lambda k: changed(k, user={"client-certificate": "/etc/kubernetes/x.crt"}), "INVALID"),
    "certificate_and_token": (lambda k: changed(k, user={"token": "x"}), GOOD),
}


def _add(name: str, make: Callable[[Kubeadm], bytes], right: str) -> None:
    def bundle(b: Bundle) -> None:
        k = kubeadm(b, "x", "c")
        b.secret("x", "c-kubeconfig", {"value": make(k)}, label="c", owner="KubeadmControlPlane")

    exits = HEALTHY if right == GOOD else {}
    add(f"kubeconfig_{name}", bundle, Case(certificates={"c kubeconfig": right}, exits=exits))


for _name, (_make, _right) in KUBECONFIGS.items():
    _add(_name, _make, _right)

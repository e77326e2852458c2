"""A recording as the sandbox's beginning: its objects, as if recorded now, with certificates and keys made now."""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tests.lab.certificates import Key, Pair, b64, issue, private_pem, public_pem
from tests.sandbox.kinds import BY_PLURAL

Object = dict[str, Any]
TIME = re.compile(r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|\+00:00)"')
KLOG = re.compile(r"^([IWEF])(\d\d)(\d\d) (\d\d:\d\d:\d\d)(\.\d+)")
NAME_END = re.compile(r"[-.]")
"""Ends the cluster's part of an object's name: ``c000-cp-7j6rs``, and in an Event's ``c000.18eacbfbf3893202``."""
AUTHORITIES = ("ca", "etcd", "proxy")
CLUSTER_NAME = "cluster.x-k8s.io/cluster-name"
SECRET_TYPE = "cluster.x-k8s.io/secret"


@dataclass(frozen=True)
class Recording:
    """``shift`` moves every time of the recording to now. ``left_out`` are clusters that are not taken over."""

    folder: Path
    left_out: frozenset[str] = frozenset()

    @cached_property
    def captured_at(self) -> dt.datetime:
        return dt.datetime.fromisoformat((self.folder / "captured-at.txt").read_text().strip())

    @cached_property
    def shift(self) -> dt.timedelta:
        return dt.datetime.now(dt.timezone.utc) - self.captured_at

    def objects(self) -> Iterator[tuple[str, Object]]:
        """(plural, object) of each kind that the sandbox serves."""
        for file in sorted((self.folder / "objects").glob("*.json")):
            if file.stem in BY_PLURAL:
                for item in json.loads(TIME.sub(self._moved, file.read_text()))["items"]:
                    if NAME_END.split(item["metadata"]["name"])[0] not in self.left_out:
                        yield file.stem, item

    def _moved(self, found: re.Match[str]) -> str:
        at = dt.datetime.fromisoformat(f"{found[1]}+00:00") + self.shift
        return f'"{at:%Y-%m-%dT%H:%M:%S}{found[2] or ""}Z"'

    def controllers(self) -> dict[str, Path]:
        """Folders by provider, such as ``control-plane-kubeadm``."""
        found = sorted((self.folder / "controllers").glob("*/identity.json"))
        return {json.loads(f.read_text())["provider"]: f.parent for f in found}

    def log(self, folder: Path) -> list[tuple[str, str]]:
        """(time, line), both moved to now."""
        lines, last = [], f"{self.captured_at + self.shift:%Y-%m-%dT%H:%M:%S.%f}Z"
        left_out = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(self.left_out)) or r"(?!)")
        for line in (folder / "log.txt").read_text(errors="replace").splitlines():
            if left_out.search(line):
                continue
            head = KLOG.match(line)
            if head:
                at = dt.datetime.fromisoformat(f"{self.captured_at.year}-{head[2]}-{head[3]}T{head[4]}+00:00") + self.shift
                last = f"{at:%Y-%m-%dT%H:%M:%S}{head[5]}Z"
            lines.append((last, f"{head[1]}{at:%m%d %H:%M:%S}{head[5]}{line[head.end() :]}" if head else line))
        return lines


def fresh_secret(secret: Object, authorities: dict[tuple[str, str, str], Pair], servers: dict[tuple[str, str], str]) -> Object:
    """A cluster's Secret with data made now, where the recording's was taken out. ``authorities`` by namespace, cluster and purpose are
    made where they are missing; ``servers`` are the workload API servers' URLs."""
    meta = secret["metadata"]
    cluster = (meta.get("labels") or {}).get(CLUSTER_NAME, "")
    if secret.get("type") != SECRET_TYPE or not cluster:
        return secret
    namespace, purpose = meta["namespace"], meta["name"].removeprefix(f"{cluster}-")
    if purpose in AUTHORITIES:
        pair = authority(authorities, namespace, cluster, purpose)
        data = {"tls.crt": pair.certificate_pem, "tls.key": pair.key_pem}
    elif purpose == "sa":
        key = issue("sa").key
        data = {"tls.crt": public_pem(key), "tls.key": private_pem(key)}
    elif purpose == "kubeconfig":
        data = {"value": kubeconfig(authority(authorities, namespace, cluster, "ca"), cluster, servers.get((namespace, cluster), ""))}
    else:
        script = f"#cloud-config\nwrite_files: []\n# join token {secrets.token_hex(16)}.{secrets.token_hex(24)}\n"
        data = {"value": script.encode(), "format": b"cloud-config"}
    return {**secret, "data": {k: b64(v) for k, v in data.items()}}


def authority(known: dict[tuple[str, str, str], Pair], namespace: str, cluster: str, purpose: str, key: Key | None = None) -> Pair:
    """Ten years, as Cluster API's; made when the recorded one was, three minutes ago. Its ``key`` is P-256 where none is given, which
    takes no time to make; Cluster API's are RSA."""
    of = (namespace, cluster, purpose)
    if of not in known:
        known[of] = issue("kubernetes", key=key, start=dt.timedelta(minutes=-8), end=dt.timedelta(days=3650))
    return known[of]


def kubeconfig(ca: Pair, cluster: str, server: str) -> bytes:
    """Of the cluster's administrator, as in the Secret NAME-kubeconfig."""
    admin = issue("kubernetes-admin", ca, ("system:masters",))
    user = {"client-certificate-data": b64(admin.certificate_pem), "client-key-data": b64(admin.key_pem)}
    name = f"{cluster}-admin"
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": cluster, "cluster": {"certificate-authority-data": b64(ca.certificate_pem), "server": server or "https://127.0.0.1:9"}}
        ],
        "contexts": [{"name": f"{name}@{cluster}", "context": {"cluster": cluster, "user": name}}],
        "current-context": f"{name}@{cluster}",
        "users": [{"name": name, "user": user}],
    }
    return yaml.safe_dump(document).encode()

"""Feeds the bundle reader N damaged archives: ``python -m tests.fuzz.fuzz_bundle 1000000``.

Only BadInput may come of it, in one line; of what opens, all that can be asked is asked. The damage is done to the tar inside an
intact compression, to the compressed bytes, and to the JSON inside an intact tar. The seed is printed, so that a failing run can be
repeated: ``... 1000000 SEED``.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

from kubectl_kcp.errors import BadInput
from kubectl_kcp.gather.inventory import gather_controllers
from kubectl_kcp.knowledge.resources import CLUSTERS, PROVIDER_LABEL
from kubectl_kcp.sources.bundle.open import open_bundle
from kubectl_kcp.sources.interface import Moment, ProfileKind
from tests.fuzz.damage import command, damaged, said

META = {"namespace": "ns", "name": "c1", "labels": {PROVIDER_LABEL: "control-plane-kubeadm", "app": "x"}}
OBJECTS = {
    "clusters": {"kind": "Cluster", "metadata": META},
    "deployments": {"kind": "Deployment", "metadata": META, "spec": {"selector": {"matchLabels": {"app": "x"}}}},
    "pods": {"kind": "Pod", "metadata": {**META, "name": "c1-a-b"}, "spec": {"containers": [{"name": "manager", "image": "k:v1.14.2"}]}},
    "secrets": {"kind": "Secret", "metadata": {**META, "name": "c1-ca"}, "data": {"tls.crt": "eA=="}, "kubectlKcp": {"key": {}}},
}
FILES = {
    "captured-at.txt": b"2026-11-24T03:00:00Z",
    "manifest.json": json.dumps({"format": 1, "errors": [{"subject": "clusters", "reason": "r"}]}).encode(),
    "controllers/kcp/identity.json": json.dumps({"namespace": "ns", "deployment": "c1", "times": {"metrics-1": "x"}}).encode(),
    "controllers/kcp/metrics-1.txt": b"up 1\n",
    "controllers/kcp/log.txt": b"one\ntwo\n",
    **{f"objects/{plural}.json": json.dumps({"items": [o]}).encode() for plural, o in OBJECTS.items()},
}
WORDS = (b"../", b"/", b"\0" * 512, b"ustar", b"x", b"L", b"1", b"2", b"S", b"null", b"[" * 2000, b"{}", b"[]", b"-1", b"7777777777\0")
PLACE = re.compile(r"'[^']*'|\"[^\"]*\"|\d+|/\S+")


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


TAR = packed(FILES)
COMPRESSED = gzip.compress(TAR, mtime=0)


def one(chance: random.Random) -> bytes:
    match chance.randrange(3):
        case 0:
            return damaged(COMPRESSED, chance, WORDS)
        case 1:
            return damaged(TAR, chance, WORDS)
        case _:
            name = chance.choice(list(FILES))
            return packed({**FILES, name: damaged(FILES[name], chance, WORDS)})


def read(data: bytes, outcomes: Counter[str]) -> None:
    with tempfile.NamedTemporaryFile() as f:
        f.write(data)
        f.flush()
        try:
            ask(Path(f.name))
            outcomes["read"] += 1
        except BadInput as e:
            said(ValueError(str(e)))
            outcomes[PLACE.sub("_", str(e))[:60]] += 1


def ask(path: Path) -> None:
    with open_bundle(str(path)) as source:
        source.objects(CLUSTERS)
        source.secrets()
        for controller in gather_controllers(source).items:
            for pod in controller.pods:
                list(source.metrics([pod], Moment.BEFORE, b"".join))
                list(source.profiles([pod], ProfileKind.HEAP, 0, bytes))


if __name__ == "__main__":
    command("damaged bundles", one, read)

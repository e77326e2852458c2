"""The Go program of tests/go/reading, and our reading of the same inputs in the same form."""

from __future__ import annotations

import base64
import hashlib
import json
import lzma
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.certificate import Certificate, CheckResult
from kubectl_kcp.model.secret import KeyState
from kubectl_kcp.pki.chain import for_clients, verify
from kubectl_kcp.pki.private_key import first_key
from kubectl_kcp.pki.reading import Reader, read_certificates, read_public_keys
from kubectl_kcp.pki.status import key_fits
from kubectl_kcp.sources.keys import reduce_key
from kubectl_kcp.sources.kubeconfig import reduce_kubeconfig
from tests.unit.pki.made import NOW, Input

PROGRAM = Path(__file__).parents[2] / "go" / "reading"
GOLDEN = Path(__file__).parents[2] / "golden" / "pki" / "go-reading.json.xz"
GO = shutil.which("go")
Answer = dict[str, Any]


def built(folder: Path) -> Path | None:
    """None where there is no Go, or not the modules of the lab: nothing is downloaded for a test."""
    if GO is None:
        return None
    program = folder / "reading"
    environment = os.environ | {"GOPROXY": "off", "GOFLAGS": "-mod=readonly", "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
    done = subprocess.run([GO, "build", "-o", str(program), "."], cwd=PROGRAM, env=environment, capture_output=True, check=False)
    return program if done.returncode == 0 else None


def asked(program: Path, inputs: Sequence[Input]) -> dict[str, Answer]:
    """What Go reads of each input, by its name."""
    rows = [{"way": i.way, "data": _text(i.data), "more": _text(i.more), "now": iso(NOW)} for i in inputs]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    done = subprocess.run([str(program)], input=lines.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for answer in answers:
        for row in answer.get("certificates", ()):
            row["subject"] = _printed(row["subject"])
    return {i.name: a for i, a in zip(inputs, answers, strict=True)}


def _printed(subject: str) -> str:
    """What both print alike: we write a line break as ``\\0a``, and an empty name with its type."""
    return subject.replace("\n", "\\0a").removesuffix("CN=")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def load() -> dict[str, Answer]:
    known: dict[str, Answer] = json.loads(lzma.decompress(GOLDEN.read_bytes()))
    return known


def save(answers: dict[str, Answer]) -> None:
    GOLDEN.parent.mkdir(parents=True, exist_ok=True)
    GOLDEN.write_bytes(lzma.compress(json.dumps(answers, sort_keys=True).encode(), preset=9 | lzma.PRESET_EXTREME))


def ours(given: Input) -> Answer:
    try:
        return WAYS[given.way](given)
    except ValueError as e:
        return {"error": str(e)}


def _told(*certificates: Certificate) -> Answer:
    rows = [
        {
            "subject": _printed(c.subject),
            "notBefore": iso(c.not_before),
            "notAfter": iso(c.not_after),
            "sha256": c.public_sha256,
            "isCA": c.is_ca,
        }
        for c in certificates
    ]
    return {"certificates": rows}


def _pair(given: Input) -> Answer:
    leaf = read_certificates(given.data, Reader.KEY_PAIR)[0]
    key = reduce_key(given.more)
    if key.state is KeyState.UNREADABLE:
        return {"error": key.problem}
    fits = key_fits([leaf], key, signs=False)
    if fits.result is CheckResult.OK:
        return _told(leaf)
    return {
        "error": fits.detail[fits.detail.index("(") + 1 : -1]
        if fits.result is CheckResult.FAILED
        else "tls: failed to find any PEM data in key input"
    }


def _kubeconfig(given: Input) -> Answer:
    read = reduce_kubeconfig(given.data)
    if read.invalid:
        return {"error": read.invalid}
    return {"server": read.server, "data": [hashlib.sha256(d).hexdigest() for d in (read.ca_pem, read.certificate_pem)]}


def _verify(given: Input) -> Answer:
    leaf, *own = read_certificates(given.data, Reader.FILE)
    try:
        authority = read_certificates(given.more, Reader.POOL)
    except ValueError:
        authority = []
    verdict = verify(leaf, own, authority, NOW, "CA", as_client=True)
    in_time = leaf.not_before <= NOW <= leaf.not_after
    if verdict.check.result is not CheckResult.OK or not in_time or for_clients(leaf):
        return {"error": verdict.check.detail or "x509"}
    return {}


WAYS: dict[str, Callable[[Input], Answer]] = {
    "signer": lambda i: _told(read_certificates(i.data)[0]),
    "file": lambda i: _told(*read_certificates(i.data, Reader.FILE)),
    "pair": _pair,
    "private": lambda i: {"keys": [first_key(i.data)[1]]},
    "public": lambda i: {"keys": [k.sha256 for k in read_public_keys(i.data)]},
    "kubeconfig": _kubeconfig,
    "verify": _verify,
}

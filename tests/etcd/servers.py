"""Real etcd servers with mutual TLS on loopback, from whatever etcd programs this machine has."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kubectl_kcp.etcd.attempt import attempt
from kubectl_kcp.etcd.leaf import Leaf
from kubectl_kcp.model.etcd import Attempt

WAIT = 5.0
PEM = serialization.Encoding.PEM
UTC = dt.timezone.utc
LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, made for one test."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def make(
    name: str,
    ca: Pair | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
    start: float = -300,
    end: float = 86400,
    names: Sequence[str] = (),
) -> Pair:
    """A CA where ``ca`` is None, else a server certificate for ``names``, or loopback's address where there are none. ``start`` and
    ``end`` are seconds from now."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ca.certificate.subject if ca else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(seconds=start))
        .not_valid_after(now + dt.timedelta(seconds=end))
        .add_extension(x509.BasicConstraints(ca=ca is None, path_length=None), critical=True)
    )
    if ca is not None:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        ).add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names] or [LOOPBACK]), critical=False)
    return Pair(builder.sign(ca.key if ca else key, hashes.SHA256()), key)


def _lab(program: str) -> Path:
    return Path(os.environ.get("LAB_HOME", Path.home() / ".cache/capi-lab")) / "bin" / program


def etcdctl() -> Path | None:
    """The lab's, or what is on PATH."""
    return next((p for p in (_lab("etcdctl"), Path(shutil.which("etcdctl") or "/nowhere")) if p.exists()), None)


def programs() -> dict[str, Path]:
    """etcd programs by version: Debian's on PATH, the lab's in its cache."""
    found = {}
    for path in (_lab("etcd"), Path(shutil.which("etcd") or "/nowhere")):
        if path.exists():
            words = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout.split()
            found[".".join(words[2].split(".")[:2])] = path
    return found


def reach(port: int, credential: Leaf) -> Attempt:
    """One attempt at a member on loopback."""
    return attempt("m0", lambda: socket.create_connection(("127.0.0.1", port), WAIT), credential, WAIT)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


@contextmanager
def running(program: Path, folder: Path, server: Pair, ca: Pair) -> Iterator[int]:
    """An etcd of one member that wants client certificates of ``ca``; gives its port."""
    files = {"server.crt": server.certificate_pem, "server.key": server.key_pem, "ca.crt": ca.certificate_pem}
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    port, peer = free_port(), free_port()
    arguments = [
        f"--data-dir={folder}/data",
        "--name=m0",
        f"--listen-client-urls=https://127.0.0.1:{port}",
        f"--advertise-client-urls=https://127.0.0.1:{port}",
        f"--listen-peer-urls=http://127.0.0.1:{peer}",
        f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
        f"--initial-cluster=m0=http://127.0.0.1:{peer}",
        "--client-cert-auth",
        f"--trusted-ca-file={folder}/ca.crt",
        f"--cert-file={folder}/server.crt",
        f"--key-file={folder}/server.key",
    ]
    with (folder / "log").open("wb") as log, subprocess.Popen([program, *arguments], stdout=log, stderr=log) as process:
        try:
            _wait(port, process)
            yield port
        finally:
            process.kill()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, "etcd ended"
            time.sleep(0.05)
        else:
            return
    raise AssertionError("etcd did not listen")

"""What getting an etcd client credential costs: KCP's four ways and ours, over N clusters and R reconciles.

    python bench/credentials.py --clusters 10 --reconciles 10

Every way makes real RSA-2048 keys and certificates with a real CA, as KCP's ``generateClientCert`` does; ours makes P-256
leaves through ``LeafCache``. CPU seconds are this process's own (psutil); the ratio is to the cached credential.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figure, report  # noqa: E402
from kubectl_kcp.etcd.leaf import LIFE, Leaf, issue  # noqa: E402
from kubectl_kcp.etcd.leaf_cache import CacheKey, LeafCache  # noqa: E402
from kubectl_kcp.render.table import Column, table  # noqa: E402

PEM = serialization.Encoding.PEM
CALLS = 4
"""etcd clients that one reconcile of KCP up to 1.4.2 makes at most (issue 8602)."""


@dataclass(frozen=True)
class Authority:
    """One cluster's etcd CA, as CAPI makes it."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    certificate_pem: bytes
    key_pem: bytes


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def sign(subject_key: rsa.RSAPrivateKey, issuer: x509.Name, issuer_key: rsa.RSAPrivateKey, name: str, ca: bool) -> x509.Certificate:
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(subject_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def authority() -> Authority:
    key = rsa_key()
    certificate = sign(key, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "etcd-ca")]), key, "etcd-ca", True)
    pem = key.private_bytes(PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    return Authority(certificate, key, certificate.public_bytes(PEM), pem)


class Ways:
    """Each way is one reconcile of cluster ``n``; ``generations`` counts keys made."""

    def __init__(self, authorities: list[Authority]) -> None:
        self.authorities = authorities
        self.generations = 0
        self._keys: dict[int, rsa.RSAPrivateKey] = {}
        self._credentials: dict[int, x509.Certificate] = {}
        self._cache: LeafCache[Leaf] = LeafCache(LIFE / 2, lambda: datetime.now(timezone.utc))

    def _key(self) -> rsa.RSAPrivateKey:
        self.generations += 1
        return rsa_key()

    def _leaf(self, n: int, key: rsa.RSAPrivateKey) -> x509.Certificate:
        ca = self.authorities[n]
        return sign(key, ca.certificate.subject, ca.key, "cluster-api.x-k8s.io", False)

    def four(self, n: int) -> None:
        for _ in range(CALLS):
            self._leaf(n, self._key())

    def one(self, n: int) -> None:
        self._leaf(n, self._key())

    def cached_key(self, n: int) -> None:
        if n not in self._keys:
            self._keys[n] = self._key()
        for _ in range(CALLS):
            self._leaf(n, self._keys[n])

    def cached_credential(self, n: int) -> None:
        for _ in range(CALLS):
            if n not in self._credentials:
                self._credentials[n] = self._leaf(n, self._key())

    def ours(self, n: int) -> None:
        ca = self.authorities[n]
        for _ in range(CALLS):
            self._cache.get(CacheKey(f"uid-{n}", f"ca-{n}"), lambda: issue(ca.certificate_pem, ca.key_pem, datetime.now(timezone.utc)))
        self.generations = self._cache.statistics.generations


@dataclass(frozen=True)
class Row:
    way: str
    source: str
    generations: int
    cpu: float
    latencies: list[float]

    def percentile(self, which: int) -> float:
        """In seconds."""
        return statistics.quantiles(self.latencies, n=100)[which - 1] if len(self.latencies) > 1 else self.latencies[0]


WAYS: tuple[tuple[str, str, Callable[[Ways, int], None]], ...] = (
    ("4 in each reconcile", "up to 1.4.2", Ways.four),
    ("1 in each reconcile", "issue 8602's first idea", Ways.one),
    ("cached key", "1.4.3 to 1.11", Ways.cached_key),
    ("cached credential", "1.12 to 1.14", Ways.cached_credential),
    ("ours: P-256, by UID and CA", "kubectl kcp", Ways.ours),
)


def measure(authorities: list[Authority], reconciles: int) -> Iterator[Row]:
    process = psutil.Process()
    for name, source, run in WAYS:
        ways, latencies = Ways(authorities), []
        before = process.cpu_times()
        for _ in range(reconciles):
            for n in range(len(authorities)):
                started = time.perf_counter()
                run(ways, n)
                latencies.append(time.perf_counter() - started)
        after = process.cpu_times()
        yield Row(name, source, ways.generations, after.user + after.system - before.user - before.system, latencies)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=10)
    parser.add_argument("--reconciles", type=int, default=10)
    given = parser.parse_args()
    authorities = [authority() for _ in range(given.clusters)]
    rows = list(measure(authorities, given.reconciles))
    base = next(r.cpu for r in rows if r.way == "cached credential")
    print(f"{given.clusters} clusters x {given.reconciles} reconciles")
    columns: list[Column[Row]] = [
        Column("WAY", lambda r: r.way),
        Column("AS IN", lambda r: r.source),
        Column("KEYS", lambda r: r.generations, right=True),
        Column("CPU s", lambda r: f"{r.cpu:.2f}", right=True),
        Column("RATIO", lambda r: f"{r.cpu / base:.2f}", right=True),
        Column("p50 ms", lambda r: f"{r.percentile(50) * 1e3:.2f}", right=True),
        Column("p99 ms", lambda r: f"{r.percentile(99) * 1e3:.2f}", right=True),
    ]
    print(table(rows, columns))
    cached = next(r for r in rows if r.way == "cached credential")
    report(
        Figure(
            f"etcd client credentials, {given.clusters} clusters × {given.reconciles} reconciles: {r.way} ({r.source})",
            f"{r.generations:,} keys, median of a reconcile {r.percentile(50) * 1e3:.2f} ms",
            f"{cached.generations:,} keys, {cached.percentile(50) * 1e3:.2f} ms",
            r.cpu / base,
            cpu=f"{r.cpu:.2f} s of CPU",
        )
        for r in rows
        if r is not cached
    )


if __name__ == "__main__":
    sys.exit(main())

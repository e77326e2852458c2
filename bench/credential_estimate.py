"""What a measured reconcile rate costs in CPU for etcd client credentials, beside what a CPU profile of the same process shows.

    python bench/credential_estimate.py
    python bench/credential_estimate.py RECORDING [MORE ...]

Cost of a key: the process's CPU since its start times the part of its CPU profile under ``rsa.GenerateKey``, divided by all RSA keys
that its heap profile counts since the start. The estimate is that cost times the reconciles a second of the window times the keys that
the version makes in each. It knows nothing of the profile's own figure for ``generateClientCert``, which is what it is held against.
Exits 1 where the two differ by more than a quarter.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figure, report  # noqa: E402
from kubectl_kcp.gather.profile import gather_profiles  # noqa: E402
from kubectl_kcp.knowledge.metric_names import Q, wanted  # noqa: E402
from kubectl_kcp.metrics.read import read_page  # noqa: E402
from kubectl_kcp.metrics.usage import usage  # noqa: E402
from kubectl_kcp.model.metrics import Page  # noqa: E402
from kubectl_kcp.model.profile_report import PodProfile  # noqa: E402
from kubectl_kcp.model.reference import Failure  # noqa: E402
from kubectl_kcp.pprof.analysis import AnalysedProfile  # noqa: E402
from kubectl_kcp.pprof.selection import Selection  # noqa: E402
from kubectl_kcp.render.table import Column, table  # noqa: E402
from kubectl_kcp.sources.bundle.open import open_bundle  # noqa: E402
from kubectl_kcp.sources.interface import Moment, ProfileKind, Source  # noqa: E402

CALLS = 4
"""etcd clients that one reconcile of KCP up to 1.4.2 makes (issue 8602): each with a new key and certificate."""
ALLOWED = 0.25
KEY = r"(^|/)rsa\.GenerateKey$"
CREDENTIAL = r"\.generateClientCert$"
RECONCILER = "kubeadmcontrolplane"


@dataclass(frozen=True)
class Estimate:
    """``keys`` since the process started; ``rate`` is reconciles a second; CPU in mCPU."""

    keys: float
    seconds_per_key: float
    rate: float
    estimated: float
    measured: float

    @property
    def off(self) -> float:
        return self.estimated / self.measured - 1


COLUMNS: list[Column[tuple[str, Estimate]]] = [
    Column("RECORDING", lambda r: r[0]),
    Column("KEYS", lambda r: f"{r[1].keys:.0f}", right=True),
    Column("ms/KEY", lambda r: f"{r[1].seconds_per_key * 1e3:.1f}", right=True),
    Column("REC/S", lambda r: f"{r[1].rate:.2f}", right=True),
    Column("ESTIMATED", lambda r: f"{r[1].estimated:.0f}m", right=True),
    Column("MEASURED", lambda r: f"{r[1].measured:.0f}m", right=True),
    Column("OFF", lambda r: f"{r[1].off:+.0%}", right=True),
]


def part(item: PodProfile, sample_type: str, pattern: str) -> tuple[int, int]:
    """What lies under ``pattern``, and the whole, in the sample type's unit."""
    made = AnalysedProfile(item, sample_type, Selection(focus=pattern))
    return made.value, made.stacks.total


def estimate(source: Source) -> Estimate:
    """Of the one KCP Pod of a recording. Raises ValueError where it made no key, or a figure is missing."""
    (cpu,) = gather_profiles(source, ProfileKind.CPU, 0, ("kcp",)).items
    (allocs,) = gather_profiles(source, ProfileKind.ALLOCS, 0, ("kcp",)).items
    assert cpu.pod
    assert cpu.controller
    made = AnalysedProfile(allocs).report.keys
    if made is None or not made.keys:
        raise ValueError("no key was made for a credential, or the size of one is not known")
    before, after = (page(source, cpu, moment) for moment in Moment)
    used = usage(cpu.controller, cpu.pod, before, after, cpu.profile.seconds, source.now().timestamp())
    mine = next(r for r in used.reconcilers if r.name == RECONCILER)
    since_start = after.total("process_cpu_seconds_total")
    if mine.results is None or since_start is None:
        raise ValueError("the metrics pages give no rate of reconciles, or no CPU")
    allocated, _ = part(allocs, "alloc_space", KEY)
    keys = made.keys * allocated / made.allocated
    making, total = part(cpu, "cpu", KEY)
    cost, rate = since_start * making / total / keys, sum(mine.results.values())
    shown, _ = part(cpu, "cpu", CREDENTIAL)
    return Estimate(keys, cost, rate, 1000 * cost * rate * CALLS, shown / 1e6 / cpu.profile.seconds)


def page(source: Source, item: PodProfile, moment: Moment) -> Page:
    def read(chunks: Iterable[bytes]) -> Page:
        return read_page(chunks, wanted(*(q for q in Q if q not in (Q.CONNECTION, Q.PROBE, Q.PROBES))))

    assert item.pod
    (found,) = source.metrics([item.pod], moment, read)
    if isinstance(found, Failure):
        raise ValueError(found.reason)
    return found.value


def main(recordings: list[str]) -> int:
    rows: list[tuple[str, Estimate]] = []
    for name in recordings:
        with open_bundle(name) as source:
            rows.append((name, estimate(source)))
    print(table(rows, COLUMNS))
    report(
        Figure(
            f"CPU for credentials in `{name}`, estimated from its rate of reconciles, against its CPU profile",
            f"{r.estimated:.0f} mCPU",
            f"{r.measured:.0f} mCPU",
            r.estimated / r.measured,
            f"off by {ALLOWED:.0%}",
        )
        for name, r in rows
    )
    return int(any(abs(found.off) > ALLOWED for _, found in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["demo:issue-8602"]))

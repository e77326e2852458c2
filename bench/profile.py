"""``profile --file X -o top`` beside ``go tool pprof -top X``, and what a large profile costs: ``python bench/profile.py``.

Both run in turn in one run on one machine, so that their ratio means something where the seconds do not. Go is needed for
the ratios; memory is measured without it, too. Exits 1 where a limit below does not hold.
"""

from __future__ import annotations

import random
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figure, report  # noqa: E402
from bench.instructions import instructions, million  # noqa: E402
from kubectl_kcp.model.profile import Function, Line, Location, Profile, Sample, SampleType  # noqa: E402
from kubectl_kcp.pprof.encode import encode  # noqa: E402

RECORDINGS = ROOT / "tests" / "recordings"
RUNS = 15
RATIO = 1.5
"""Our wall time by that of go tool pprof, at most, on the recordings."""
LARGE = 10_000_000
"""Bytes of the made-up profile, compressed."""
MEMORY = 250
"""MiB that reading it may take at its peak."""


def large_profile(size: int) -> bytes:
    """A heap profile of random deep stacks: worse than any real one, since nothing in it repeats."""
    chance = random.Random(1)
    names = [f"sigs.k8s.io/package{i % 700}/sub.(*Type{i}).Method{chance.randrange(10**9)}" for i in range(20_000)]
    locations = tuple(
        Location(
            chance.randrange(1 << 40), tuple(Line(chance.randrange(len(names)), chance.randrange(3000)) for _ in range(1 + i % 3 // 2))
        )
        for i in range(60_000)
    )
    types = tuple(SampleType(t, u) for t, u in (("alloc_objects", "count"), ("alloc_space", "bytes")))
    samples: list[Sample] = []

    def made() -> bytes:
        functions = tuple(Function(n, n, "/src/file.go", 1) for n in names)
        return encode(Profile(types, tuple(samples), locations, functions, period=524288))

    def add(count: int) -> None:
        for _ in range(count):
            stack = tuple(chance.randrange(len(locations)) for _ in range(chance.randint(8, 45)))
            samples.append(Sample(stack, (chance.randrange(1000), chance.randrange(1 << 30))))

    add(20_000)
    first = len(made())
    add(20_000)
    second = len(made())
    add(int((size - second) / ((second - first) / 20_000)))
    return made()


def wall(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def peak(command: list[str]) -> float:
    """MiB resident at most, of the command alone."""
    script = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True); "
    script += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    return float(subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True, check=True).stdout)


def ours(path: Path) -> list[str]:
    return [sys.executable, "-m", "kubectl_kcp", "profile", "--file", str(path), "-o", "top"]


def gos(path: Path) -> list[str]:
    return ["go", "tool", "pprof", "-top", "-symbolize=none", str(path)]


def compare(path: Path, runs: int, limit: str = "") -> float:
    """The ratio of medians, runs taken in turn."""
    wall(ours(path)), wall(gos(path))
    pairs = [(wall(ours(path)), wall(gos(path))) for _ in range(runs)]
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    times = f"ours {mine * 1e3:>6.0f} ms   go {theirs * 1e3:>6.0f} ms   ratio {mine / theirs:.2f}"
    size = f"{path.stat().st_size / 1e3:,.0f} kB"
    what = f"`profile --file {path.name} -o top` ({size}) against `go tool pprof -top`"
    counted = million(instructions(ours(path))) if limit else ""
    report([Figure(what, f"{mine * 1e3:.0f} ms", f"{theirs * 1e3:.0f} ms", mine / theirs, limit, counted)])
    print(f"{path.name:<20} {path.stat().st_size / 1e3:>8.0f} kB   {times}")
    return mine / theirs


def main() -> int:
    has_go = shutil.which("go") is not None
    good = True
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(RECORDINGS / "v1.4.2-10-clusters.tar.xz") as tar:
            tar.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # type: ignore[arg-type] # no filter before 3.10.12
        kcp = Path(folder, "v1.4.2-10-clusters", "controllers", "kcp")
        if has_go:
            ratios = [compare(kcp / f"{kind}.pb.gz", RUNS, f"ratio {RATIO}") for kind in ("cpu", "heap", "goroutine")]
            good = max(ratios) <= RATIO
        large = Path(folder, "large.pb.gz")
        large.write_bytes(large_profile(LARGE))
        if has_go:
            compare(large, 3)
        mine = peak(ours(large))
        print(
            f"{large.name:<20} {large.stat().st_size / 1e3:>8.0f} kB   peak {mine:.0f} MiB"
            + (f"   go {(theirs := peak(gos(large))):.0f} MiB" if has_go else "")
        )
        beside = (f"{theirs:.0f} MiB", mine / theirs) if has_go else ("", None)
        report([Figure("the same: peak memory", f"{mine:.0f} MiB", *beside, f"{MEMORY} MiB")])
    good = good and mine <= MEMORY
    print(f"limits: ratio {RATIO}, peak {MEMORY} MiB: {'kept' if good else 'NOT KEPT'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

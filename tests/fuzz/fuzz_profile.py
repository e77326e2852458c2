"""Feeds the profile decoder N damaged profiles: ``python -m tests.fuzz.fuzz_profile 1000000``.

Only BadInput may come of it, and whatever is read must go through every output format. The seed is printed, so that a
failing run can be repeated: ``... 1000000 SEED``.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
import time
from collections import Counter

from msgspec.structs import replace

from kubectl_kcp.errors import BadInput
from kubectl_kcp.findings.profile import verdicts
from kubectl_kcp.model.profile import Function, Label, Line, Location, Mapping, Profile, Sample, SampleType
from kubectl_kcp.model.profile_report import KeyContext, PodProfile
from kubectl_kcp.pprof.analysis import analysed
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.pprof.diff import difference
from kubectl_kcp.pprof.encode import serialize
from kubectl_kcp.pprof.kinds import kind_of
from kubectl_kcp.pprof.selection import Selection
from kubectl_kcp.render.profile.formats import FORMATS, View
from kubectl_kcp.render.text import Reader

READER = Reader(80, "kubectl kcp")
CPU = Profile(
    (SampleType("samples", "count"), SampleType("cpu", "nanoseconds")),
    (
        Sample((0, 1), (1, 10), (Label("bytes", "", 64, "bytes"), Label("who", "kcp"))),
        Sample((1, 2, 1), (300, 3_000_000_000)),
        Sample((), (1, 1)),
    ),
    (Location(1 << 40, (Line(1, 12), Line(0, 300))), Location(2, (Line(2, 7),), 0), Location(3, ())),
    (Function("a.generateClientCert"), Function("rsa.GenerateKey", "x", "/y.go", 9), Function("runtime.main")),
    (Mapping(1, 2, 3, "/manager", "id", (True, False, False, True)),),
    default_type="cpu",
    duration_ns=10**10,
    period_type=SampleType("cpu", "nanoseconds"),
    period=10_000_000,
)
HEAP = replace(
    CPU,
    sample_types=(SampleType("alloc_objects", "count"), SampleType("alloc_space", "bytes")),
    samples=(Sample((1, 0), (20, 10_000_000)), Sample((0,), (1, 1))),
    functions=(Function("a.generateClientCert"), Function("rsa.GenerateKey"), Function("x.newCertificateAuthority")),
    default_type="alloc_space",
    duration_ns=0,
    period_type=SampleType("space", "bytes"),
    period=524288,
)
SEEDS = (CPU, HEAP, difference(CPU, CPU), difference(replace(HEAP, samples=HEAP.samples[1:]), HEAP))
CONTEXT = KeyContext("go1.26.8", clusters=10, created=10, reconciles=158, uptime=100.0)
GZIP_EVERY = 8
"""One input in so many is compressed and damaged in its compressed form."""


SELECTIONS = (Selection("main|x", "z", show="a", hide="b"), Selection(show_from="main", tag_focus="1:", tag_ignore="bytes=:9kb"))


def damaged(raw: bytes, chance: random.Random) -> bytes:
    data = bytearray(raw)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data)) if data else 0
        match chance.randrange(16):
            case 0:
                del data[at : at + chance.randint(1, 8)]
            case 1:
                data[at:at] = chance.randbytes(chance.randint(1, 8))
            case 2:
                data[at:at] = data[at : at + chance.randint(1, 32)]
            case 3:
                del data[at:]
            case _:  # mostly what keeps the lengths, and so reaches the references
                data[at : at + 1] = bytes([chance.choice((0, 1, 2, 3, 9, 127, 128, 255, chance.randrange(256)))])
    return bytes(data)


def judge(data: bytes) -> None:
    """All that is made of a profile."""
    profile = decode(data)
    item = PodProfile(kind_of(profile), profile, "fuzz", keys=CONTEXT)
    made = analysed([item])
    view = View(made, READER, verdicts([a.report for a in made]))
    for render in FORMATS.values():
        result = render(view)
        if isinstance(result, str) and result.startswith("{"):
            json.loads(result, parse_constant=_no_number)
    for selection in SELECTIONS:
        FORMATS["dot"](View(analysed([item], selection=selection), READER))
    FORMATS["causes"](View(analysed([replace(item, profile=difference(profile, profile), base_seconds=profile.seconds)]), READER))


def _no_number(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def run(count: int, seed: int) -> Counter[str]:
    """How often each outcome came. Any other exception ends the run, after printing the input."""
    chance = random.Random(seed)
    raws = [serialize(p) for p in SEEDS]
    packed = [gzip.compress(raw) for raw in raws]
    outcomes: Counter[str] = Counter()
    for number in range(count):
        data = damaged((packed if number % GZIP_EVERY == 0 else raws)[chance.randrange(len(SEEDS))], chance)
        try:
            judge(data)
            outcomes["read"] += 1
        except BadInput as e:
            outcomes[str(e).split(":")[0][:50]] += 1
        except BaseException:
            print(f"input {number} of seed {seed}: {data.hex()}", file=sys.stderr)
            raise
    return outcomes


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"{count} damaged profiles, seed {seed}", flush=True)
    started = time.monotonic()
    for outcome, times in run(count, seed).most_common():
        print(f"{times:>9}  {outcome}")
    print(f"{time.monotonic() - started:.0f} s, nothing but profiles and BadInput")


if __name__ == "__main__":
    main()

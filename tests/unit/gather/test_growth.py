"""Two real looks at the same processes, minutes apart: their pages and profiles are made to have grown."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_kcp.findings.growth import growth_findings
from kubectl_kcp.findings.makers import all_findings
from kubectl_kcp.findings.order import related
from kubectl_kcp.gather.estate import Wanted, gather_estate
from kubectl_kcp.gather.growth import NONE_OF_IT, gather_growth
from kubectl_kcp.gather.top import gather_usage
from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.growth import Growth
from kubectl_kcp.model.profile import Profile
from kubectl_kcp.model.reference import Failure, Scope
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.pprof.encode import encode
from kubectl_kcp.sources.bundle.open import open_bundle

DAY, MIB = 86400, 1 << 20
INFORMERS = "client-go/tools/cache"


@dataclass
class Looks:
    """Two folders of one management cluster. All processes began a day before, and so have long filled their caches."""

    before: Path
    after: Path

    def page(self, folder: Path, controller: str, name: str, change: Callable[[float], float]) -> None:
        for page in (folder / "controllers" / controller).glob("metrics-*.txt"):
            text = page.read_text(encoding="utf-8")
            page.write_text(re.sub(rf"(?m)^({name}) (\S+)$", lambda m: f"{m[1]} {change(float(m[2]))!r}", text), encoding="utf-8")

    def profile(self, kind: str, factor: int, within: str) -> None:
        """What lies in functions of that name holds ``factor`` times as much."""
        path = self.after / f"controllers/kcp/{kind}.pb.gz"
        path.write_bytes(encode(_scaled(decode(path.read_bytes()), factor, within)))

    def look(self) -> tuple[tuple[Growth, ...], list[str]]:
        """What grew, and reasons of what could not be read."""
        failures: list[Failure] = []
        with open_bundle(str(self.before)) as base, open_bundle(str(self.after)) as source:
            found = gather_growth(source, gather_usage(source, 0.0), base, Scope(), failures)
        return found, [f.reason for f in failures]

    def told(self) -> tuple[Finding, ...]:
        return related(growth_findings(self.look()[0]), {})


def _scaled(profile: Profile, factor: int, within: str) -> Profile:
    def inside(stack: tuple[int, ...]) -> bool:
        return any(within in profile.functions[line.function].name for i in stack for line in profile.locations[i].lines)

    samples = [s._replace(values=tuple(v * factor for v in s.values)) if inside(s.stack) else s for s in profile.samples]
    return replace(profile, samples=tuple(samples))


@pytest.fixture
def looks(recording: Callable[[str], Path], tmp_path: Path) -> Looks:
    made = Looks(tmp_path / "before", tmp_path / "after")
    for folder, name in ((made.before, "v1.14.2-healthy"), (made.after, "v1.14.2-stale-credential")):
        shutil.copytree(recording(name), folder)
        for controller in ("core", "infra", "kbp", "kcp"):
            made.page(folder, controller, "process_start_time_seconds", lambda at: at - DAY)
    return made


def test_two_looks_as_they_were_say_nothing(looks: Looks) -> None:
    with open_bundle(str(looks.before)) as base, open_bundle(str(looks.after)) as source:
        estate = gather_estate(source, Wanted(Scope(), 10.0, None, baseline=base))
    assert len(estate.growth) == 4
    assert not [f for f in all_findings(estate) if f.code.endswith("-grown")]


def test_memory_that_grew_is_told_with_what_holds_it(looks: Looks) -> None:
    looks.page(looks.after, "kcp", "process_resident_memory_bytes", lambda was: was + 200 * MIB)
    looks.profile("heap", 100, "streaming.(*decoder)")
    (finding,) = looks.told()
    assert finding.code == "memory-grown"
    assert finding.severity.value == "warning"
    assert finding.seen == "its memory grew from 84.0MiB to 289.1MiB in 3 min, in one process"
    lines = [e.text for e in finding.evidence]
    assert lines[0] == "clusters: 6 then, 7 now"
    assert re.match(r"\d+\.\dMiB more in \S+ \(.+\)$", lines[1]), lines


def test_goroutines_that_grew_are_the_cause_of_the_memory(looks: Looks) -> None:
    looks.page(looks.after, "kcp", "process_resident_memory_bytes", lambda was: was + 200 * MIB)
    looks.page(looks.after, "kcp", "go_goroutines", lambda was: was + 2000)
    looks.profile("goroutine", 30, INFORMERS)
    told = {f.code: f for f in looks.told()}
    because = told["memory-grown"].because
    assert because is not None
    assert because.code == "goroutines-grown"
    (_, first, *_) = told["goroutines-grown"].evidence
    assert re.match(r"\d+ goroutines more in cache\.\S+ \(.+\)$", first.text), first


@pytest.mark.parametrize("more", [63 * MIB, 20 * MIB])
def test_growth_within_noise_says_nothing(looks: Looks, more: int) -> None:
    looks.page(looks.after, "kcp", "process_resident_memory_bytes", lambda was: 84 * MIB + more)
    looks.page(looks.after, "kcp", "go_goroutines", lambda was: was + 250)
    assert looks.told() == ()


def test_after_a_restart_nothing_is_compared(looks: Looks) -> None:
    looks.page(looks.after, "kcp", "process_resident_memory_bytes", lambda was: was + 200 * MIB)
    looks.page(looks.after, "kcp", "process_start_time_seconds", lambda at: at + DAY)
    found, failures = looks.look()
    assert len(found) == 3
    assert looks.told() == ()
    assert failures == []


def test_another_version_is_another_process(looks: Looks) -> None:
    looks.page(looks.after, "kcp", "process_resident_memory_bytes", lambda was: was + 200 * MIB)
    for path in (looks.after / "objects/deployments.json", looks.after / "objects/pods.json"):
        path.write_text(path.read_text(encoding="utf-8").replace(":v1.14.2", ":v1.14.1"), encoding="utf-8")
    assert looks.told() == ()


def test_a_process_that_had_just_begun_fills_its_caches(looks: Looks) -> None:
    looks.page(looks.after, "kcp", "process_resident_memory_bytes", lambda was: was + 200 * MIB)
    for folder in (looks.before, looks.after):
        looks.page(folder, "kcp", "process_start_time_seconds", lambda at: at + DAY)
    assert looks.told() == ()


def test_where_clusters_grew_as_much_it_is_a_note(looks: Looks) -> None:
    looks.page(looks.after, "kcp", "process_resident_memory_bytes", lambda was: was + 200 * MIB)
    path = looks.before / "objects/clusters.json"
    objects = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**objects, "items": objects["items"][:2]}), encoding="utf-8")
    (finding,) = looks.told()
    assert finding.severity.value == "info"
    assert finding.evidence[0].text == "clusters: 2 then, 7 now"


def test_another_management_cluster_is_said_to_be_one(looks: Looks) -> None:
    for controller in ("core", "infra", "kbp", "kcp"):
        looks.page(looks.before, controller, "process_start_time_seconds", lambda at: at - DAY)
    assert looks.look() == ((), [NONE_OF_IT])


def test_without_profiles_the_figures_are_told(looks: Looks) -> None:
    looks.page(looks.after, "kcp", "process_resident_memory_bytes", lambda was: was + 200 * MIB)
    (looks.before / "controllers/kcp/heap.pb.gz").unlink()
    (finding,) = looks.told()
    assert [e.text for e in finding.evidence] == ["clusters: 6 then, 7 now"]

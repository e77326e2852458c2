"""Makes ``kubectl_kcp/knowledge/releases.json`` from Cluster API's own files: supported Kubernetes versions, faults fixed, and since when
a minor version is supported no more.

    python3 tools/releases_from_changelog.py FOLDER    sigs.k8s.io/cluster-api, as its Go module has it

Reads CHANGELOG/ and two tables of docs/book/src/reference/versions.md: the support matrix, which is newer than an old release's
CHANGELOG, and how long each minor version is supported.
Final releases only: a pre-release's fixes are in the release that follows. Areas that concern nobody who runs the controllers
(tests, CI, documentation, development tools) are left out. Look through what comes out before it is committed.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "kubectl_kcp/knowledge/releases.json"
NAME = re.compile(r"^v(\d+)\.(\d+)\.(\d+)\.md$")
SUPPORT = re.compile(r"^- (Management|Workload) Cluster: v(\d+\.\d+)\.x -> v(\d+\.\d+)\.x", re.MULTILINE)
FIX = re.compile(r"^- (?P<area>[^:\n]{1,60}): (?P<title>.+?) (?P<pulls>\(#\d+\)(?: \(#\d+\))*)$", re.MULTILINE)
ELSEWHERE = re.compile(
    r"\b(?:ci|e2e|test\w*|devtools|release|capd|capim|docs?|documentation|lint\w*|dependency|github|book|tilt)\b", re.IGNORECASE
)
ENDED = re.compile(r"^\| v(\d+\.\d+)\.x +\| EOL +\| EOL since (\d{4}-\d{2}-\d{2}) - v(\d+\.\d+)\.0 release date +\|$", re.MULTILINE)
"""``| v1.11.x | EOL | EOL since 2026-08-18 - v1.14.0 release date |``."""
ROW = re.compile(r"^\| Kubernetes v(\d+\.\d+) +\|(.+)\|$", re.MULTILINE)
HEAD = re.compile(r"^\| +\|((?: v\d+\.\d+[^|]*\|)+)$", re.MULTILINE)


def matrix(text: str) -> dict[str, dict[str, list[str]]]:
    """Of the core provider, the first in the page: minor → Kubernetes minor → what it may be, and from which patch on."""
    head = HEAD.search(text)
    if head is None:
        sys.exit("versions.md holds no support matrix any more: look at it")
    minors = re.findall(r"v(\d+\.\d+)", head[1])
    found: dict[str, dict[str, list[str]]] = {minor: {} for minor in minors}
    end = text.find("\n### ", head.end())
    for row in ROW.finditer(text, head.end(), end):
        for minor, cell in zip(minors, row[2].split("|"), strict=True):
            if "✓" in cell:
                since = re.search(r">= v([\d.]+)", cell)
                found[minor][row[1]] = ["workload" if "only workload" in cell else "both", since[1] if since else ""]
    return found


def ended(text: str) -> dict[str, list[str]]:
    """Minor → the day on which its support ended, and the minor whose release ended it."""
    found = {m[1]: [m[2], m[3]] for m in ENDED.finditer(text)}
    if not found:
        sys.exit("versions.md does not say any more until when each minor version is supported: look at it")
    return found


def release(text: str) -> dict[str, object]:
    support = {m[1].lower(): [m[2], m[3]] for m in SUPPORT.finditer(text)}
    begin = text.find("## :bug: Bug Fixes")
    end = text.find("\n## ", begin + 5)
    section = text[begin : end if end > 0 else None] if begin >= 0 else ""
    fixes = [
        [int(re.findall(r"#(\d+)", m["pulls"])[0]), m["area"].strip("[] "), m["title"].replace("`", "")]
        for m in FIX.finditer(section)
        if not ELSEWHERE.search(m["area"])
    ]
    return {**support, "fixes": sorted(fixes)}


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    module = Path(sys.argv[1])
    folder = module / "CHANGELOG"
    names = sorted((tuple(map(int, m.groups())), f) for f in folder.iterdir() if (m := NAME.match(f.name)))
    found = {".".join(map(str, version)): release(file.read_text(encoding="utf-8")) for version, file in names}
    versions = (module / "docs/book/src/reference/versions.md").read_text(encoding="utf-8")
    document = {
        "source": "CHANGELOG and docs/book/src/reference/versions.md of sigs.k8s.io/cluster-api",
        "made": dt.datetime.now(dt.timezone.utc).date().isoformat(),
        "ended": ended(versions),
        "matrix": matrix(versions),
        "releases": found,
    }
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(row, ensure_ascii=False)}" for name, row in found.items())
    head = {k: v for k, v in document.items() if k != "releases"}
    TARGET.write_text(json.dumps(head)[:-1] + ', "releases": {\n' + lines + "\n}}\n", encoding="utf-8")
    print(f"{len(found)} releases, {sum(len(r['fixes']) for r in found.values())} fixes: {TARGET}")  # type: ignore[arg-type,misc] # fixes is a list
    return 0


if __name__ == "__main__":
    sys.exit(main())

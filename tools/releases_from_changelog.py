"""Makes ``kubectl_kcp/knowledge/releases.json`` from Cluster API's CHANGELOG files: supported Kubernetes versions and faults fixed.

    python3 tools/releases_from_changelog.py FOLDER    CHANGELOG of sigs.k8s.io/cluster-api, as its Go module has it

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
    folder = Path(sys.argv[1])
    names = sorted((tuple(map(int, m.groups())), f) for f in folder.iterdir() if (m := NAME.match(f.name)))
    found = {".".join(map(str, version)): release(file.read_text(encoding="utf-8")) for version, file in names}
    document = {
        "source": "CHANGELOG of sigs.k8s.io/cluster-api",
        "made": dt.datetime.now(dt.timezone.utc).date().isoformat(),
        "releases": found,
    }
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(row, ensure_ascii=False)}" for name, row in found.items())
    head = {k: v for k, v in document.items() if k != "releases"}
    TARGET.write_text(json.dumps(head)[:-1] + ', "releases": {\n' + lines + "\n}}\n", encoding="utf-8")
    print(f"{len(found)} releases, {sum(len(r['fixes']) for r in found.values())} fixes: {TARGET}")  # type: ignore[arg-type,misc]
    return 0


if __name__ == "__main__":
    sys.exit(main())

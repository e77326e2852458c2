"""Makes the embedded bundles from the tests' recordings: smaller, with all that the commands read.

    python tools/make_demo.py

Left out: kinds and fields that no command reads, and the second infrastructure page's series that ``top`` does not read.
"""

from __future__ import annotations

import io
import json
import lzma
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
DEMOS = {"stale-credential": "v1.14.2-stale-credential", "issue-8602": "v1.4.2-10-clusters"}
KINDS = ("clusters", "machines", "kubeadmcontrolplanes", "deployments", "pods", "leases", "secrets", "nodes", "namespaces")
DROPPED = ("goroutine.txt", "cmdline.txt")
SERIES_DROPPED = (
    "rest_client_request_duration_",
    "rest_client_request_size_",
    "rest_client_response_size_",
    "informer_",
    "go_sched",
    "go_gc_pauses",
)


def slim(name: str, content: bytes) -> bytes | None:
    path = Path(name)
    if path.parent.name == "objects":
        if path.stem not in KINDS:
            return None
        document = json.loads(content)
        if path.stem not in ("secrets", "kubeadmcontrolplanes"):
            for item in document["items"]:
                item["metadata"].pop("managedFields", None)
        return json.dumps(document, separators=(",", ":")).encode()
    if path.name in DROPPED:
        return None
    if path.name.startswith("metrics-"):
        kept = [
            line
            for line in content.splitlines(keepends=True)
            if not line.removeprefix(b"# HELP ").removeprefix(b"# TYPE ").startswith(tuple(s.encode() for s in SERIES_DROPPED))
        ]
        return b"".join(kept)
    return content


def make(source: Path, target: Path) -> int:
    out = io.BytesIO()
    with tarfile.open(source) as old, tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as new:
        for member in old:
            if not member.isreg():
                continue
            content = slim(member.name, old.extractfile(member).read())  # type: ignore[union-attr] # a file's
            if content is not None:
                entry = tarfile.TarInfo(member.name.partition("/")[2])
                entry.size, entry.mtime = len(content), member.mtime
                new.addfile(entry, io.BytesIO(content))
    target.write_bytes(lzma.compress(out.getvalue(), preset=9 | lzma.PRESET_EXTREME))
    return target.stat().st_size


def main() -> None:
    for name, recording in DEMOS.items():
        size = make(ROOT / f"tests/recordings/{recording}.tar.xz", ROOT / f"kubectl_kcp/demo/{name}.tar.xz")
        print(f"{name}: {size} bytes")


if __name__ == "__main__":
    main()

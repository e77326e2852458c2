"""Builds the self-contained archive for this platform and writes its sha256 into krew-manifest.yaml.

    python tools/build_archive.py [--to FOLDER]

PyInstaller makes one folder with the interpreter in it, so no Python is needed where it is installed. Both names of the program
are in it; the second is a copy of the small starter, not of the folder.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from kubectl_kcp import __version__  # noqa: E402 - of this clone

NAMES = ("kubectl-kcp", "kubectl-capi_kcp")
STARTER = "from kubectl_kcp.cli.main import main\nmain()\n"
DATA = ("kubectl_kcp/demo", "kubectl_kcp/render/templates")


def freeze(work: Path) -> Path:
    """The folder that PyInstaller made."""
    starter = work / f"{NAMES[0]}.py"
    starter.write_text(STARTER)
    data = [f"--add-data={ROOT / d}:{d}" for d in DATA if (ROOT / d).exists()]
    options = ["--noconfirm", "--log-level=WARN", f"--name={NAMES[0]}", "--collect-submodules=kubectl_kcp", *data]
    folders = [f"--paths={ROOT}", f"--distpath={work / 'dist'}", f"--workpath={work / 'build'}", f"--specpath={work}"]
    subprocess.run([sys.executable, "-m", "PyInstaller", *options, *folders, str(starter)], check=True)
    folder = work / "dist" / NAMES[0]
    shutil.copy2(folder / NAMES[0], folder / NAMES[1])
    shutil.copy2(ROOT / "LICENSE", folder / "LICENSE")
    return folder


def pack(folder: Path, target: Path) -> str:
    """The archive, the same bytes for the same files; returns its sha256."""
    import gzip

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(folder.rglob("*")):
            tar.add(path, f"{NAMES[0]}/{path.relative_to(folder)}", recursive=False, filter=_plain)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as f, gzip.GzipFile(fileobj=f, mode="wb", filename="", mtime=0) as z:
        z.write(out.getvalue())
    return hashlib.sha256(target.read_bytes()).hexdigest()


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


def fill_manifest(digest: str, path: Path) -> None:
    text = path.read_text()
    filled, count = re.subn(r'(sha256: )"[0-9a-f]{64}"', rf'\1"{digest}"', text)
    if count != 1:
        sys.exit(f"{path}: expected one sha256, found {count}")
    path.write_text(filled)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=ROOT / "dist", help="where the archive goes")
    parser.add_argument("--manifest", type=Path, default=ROOT / "krew-manifest.yaml", help="where its sha256 goes")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        archive = given.to / f"kubectl-kcp-v{__version__}-linux-amd64.tar.gz"
        digest = pack(freeze(Path(work)), archive)
    fill_manifest(digest, given.manifest)
    print(f"{archive}\n  {archive.stat().st_size >> 20} MiB, sha256 {digest}")


if __name__ == "__main__":
    main()

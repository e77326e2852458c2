"""Builds the self-contained archive for the machine that it runs on, and looks whether krew will take it.

    python tools/build_archive.py [--to FOLDER] [--twice]

What is committed is built, from a copy (``clean_copy.py``) that ``freeze.py`` runs in.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools")]
import archive  # noqa: E402 - beside this file
import clean_copy  # noqa: E402 - beside this file

PARTS = (*clean_copy.PACKAGE, "plugin.yaml", "tools")


def build(to: Path) -> Path:
    """Builds the archive into the folder ``to``; returns its path."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        clean_copy.copied(copy, PARTS)
        if code := subprocess.run([sys.executable, "-B", "tools/freeze.py", "made"], cwd=copy, check=False).returncode:
            sys.exit(code)
        (made,) = (copy / "made").iterdir()
        to.mkdir(parents=True, exist_ok=True)
        return Path(shutil.move(made, to / made.name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=ROOT / "dist", help="where the archive goes")
    parser.add_argument("--twice", action="store_true", help="build it twice at once, of two copies, and fail where the two differ")
    given = parser.parse_args()
    clean_copy.warn(PARTS)
    with tempfile.TemporaryDirectory() as other, ThreadPoolExecutor(2) as both:
        second = both.submit(build, Path(other)) if given.twice else None
        made = build(given.to)
        digest = hashlib.sha256(made.read_bytes()).hexdigest()
        if second and (again := second.result()).read_bytes() != made.read_bytes():
            sys.exit("built twice, and the two differ: " + ", ".join(archive.differing(made, again)))
    figures = archive.checked(made)
    print(f"{made}\n  {figures}\n  sha256 {digest}" + ("\n  built twice: equal" if given.twice else ""))


if __name__ == "__main__":
    main()

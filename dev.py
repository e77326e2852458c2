#!/usr/bin/env python3
"""Sets up an environment in .venv and runs in it: needs Python 3.10 or newer and pip, nothing else.

python3 dev.py demo           the commands on embedded bundles of real management clusters
python3 dev.py test [ARG ...] the tests; arguments go to pytest
python3 dev.py lint           ruff, mypy --strict for Linux, macOS and Windows, and the import contracts
python3 dev.py coverage       docs/coverage.md: which lines of each room the tests run
python3 dev.py packages       wheel and sdist, built twice, and the wheel tried in a fresh environment
python3 dev.py docs           the pages of docs/ as a site in build/site
python3 dev.py archive        the self-contained archive for this machine, and krew's manifests for it, in dist
python3 dev.py krew           the same built twice and compared, then installed by real krew (needs Go)
python3 dev.py run ARG ...    kubectl-kcp itself
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
USUAL = ("-n", "4", "--dist", "worksteal", "--ignore", "tests/browser", "--ignore", "tests/prometheus")
"""Half of the time tests wait, hence four. What needs a browser or a Prometheus has parts of its own in .ci/run."""
EXTRAS = {
    "archive": "build",
    "coverage": "test,coverage",
    "demo": "",
    "docs": "docs",
    "krew": "build",
    "lint": "test,lint",
    "packages": "build",
    "run": "",
    "test": "test",
}


def environment(extras: str) -> None:
    """Makes .venv where it is missing or the packages that it needs have changed."""
    files = (ROOT / "setup.cfg", ROOT / "pyproject.toml")
    wanted = hashlib.sha256(b"".join(f.read_bytes() for f in files) + sys.version.encode() + bytes(ROOT)).hexdigest()
    stamp = VENV / f"installed-{extras.replace(',', '-') or 'plain'}"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not PYTHON.exists():
        make_venv()
    target = str(ROOT) + (f"[{extras}]" if extras else "")
    install("--editable", target)
    stamp.write_text(wanted)


def make_venv() -> None:
    """Some systems ship Python without ensurepip: their venv is made without pip, and filled with the pip that there is."""
    print("making .venv ...", file=sys.stderr)
    if subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, check=False).returncode:
        subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)], check=True)


def install(*arguments: str) -> None:
    print("installing ...", file=sys.stderr)
    has_pip = subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    pip = [str(PYTHON), "-m", "pip"] if has_pip else [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    done = subprocess.run([*pip, "--disable-pip-version-check", "install", "--quiet", *arguments], check=False)
    if done.returncode:
        sys.exit("the packages could not be installed: see above")


def run(*command: str | Path) -> int:
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    return subprocess.run([str(c) for c in command], cwd=ROOT, env=environment, check=False).returncode


def lint() -> int:
    systems = [(PYTHON, "-m", "mypy", "--platform", s, "--cache-dir", f".mypy_cache/{s}") for s in ("linux", "darwin", "win32")]
    checks = (
        (PYTHON, "-m", "ruff", "check", "."),
        (PYTHON, "-m", "ruff", "format", "--check", "."),
        *systems,  # what a system's Python lacks (os.geteuid, fcntl) is not called there
        (BIN / "lint-imports",),
    )
    return max(run(*check) for check in checks)


def main() -> int:
    if sys.version_info < (3, 10):
        sys.exit(f"Python 3.10 or newer is needed, this is {sys.version.split()[0]}")
    verb, rest = (sys.argv[1] if len(sys.argv) > 1 else ""), sys.argv[2:]
    if verb not in EXTRAS:
        print(__doc__, file=sys.stderr)
        return 2
    environment(EXTRAS[verb])
    if verb == "test":
        return run(PYTHON, "-m", "pytest", *(rest or USUAL))
    if verb == "lint":
        return lint()
    if verb == "coverage":
        return run(PYTHON, "tools/make_coverage.py")
    if verb == "archive":
        return run(PYTHON, "tools/build_archive.py") or run(PYTHON, "tools/krew_manifest.py", "--archives", "dist")
    if verb == "krew":
        return run(PYTHON, "tools/build_archive.py", "--twice") or run(PYTHON, "tools/test_krew.py")
    if verb == "docs":
        return run(PYTHON, "-m", "mkdocs", "build", "--quiet", *rest)
    if verb == "packages":
        return run(PYTHON, "tools/build_python.py", "--twice", "--try", *rest)
    return run(PYTHON, "-m", "kubectl_kcp", *(["demo"] if verb == "demo" else rest))


if __name__ == "__main__":
    sys.exit(main())

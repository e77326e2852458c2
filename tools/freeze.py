"""The self-contained program of the tree that this file lies in, for the machine that it runs on: ``python tools/freeze.py FOLDER``.

PyInstaller makes one folder with the interpreter in it, so no Python is needed where it is installed. There is one executable:
it answers by the name of the link that krew, or a person, made to it. The archive of it goes into FOLDER. ``build_archive.py`` runs this
in a copy of what is committed.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
import archive  # noqa: E402 - beside this file
import make_man  # noqa: E402 - beside this file
from make_dependencies import requirements  # noqa: E402
from release import EPOCH, PROGRAM, archive_name, this_platform  # noqa: E402

STARTER = "from kubectl_kcp.cli.main import main\nmain()\n"
DATA = ("kubectl_kcp/demo", "kubectl_kcp/render/templates", "kubectl_kcp/knowledge/releases.json")
UNUSED = ("curses", "idlelib", "lib2to3", "pydoc_data", "readline", "setuptools", "sqlite3", "test", "tkinter", "xmlrpc")
"""Parts of the standard library, and of what builds, that PyInstaller would take along because somebody could import them."""


def foreign_modules() -> list[str]:
    """Top-level modules that are installed here but belong to no requirement of ours: what tests, lints and builds. Requirements are
    setup.cfg's: what an editable installation says of itself may be older. Exits where one is not installed."""
    ours = {"kubectl-kcp", *(name for requirement in requirements() for name in closure(requirement))}
    there = {_plain(str(d.metadata["Name"])) for d in importlib.metadata.distributions()}
    if missing := [r for r in requirements() if _plain(r) not in there]:
        sys.exit(f"not installed here: {', '.join(missing)}")
    kept, others = set(), set()
    for module, owners in importlib.metadata.packages_distributions().items():
        (kept if any(_plain(o) in ours for o in owners) else others).add(module)
    return sorted(m for m in others - kept if m.isidentifier())


def closure(name: str) -> set[str]:
    """The distribution and all that it requires here, extras left out, by normalized names."""
    found: set[str] = set()
    ahead = [_plain(name)]
    while ahead:
        one = ahead.pop()
        if one in found:
            continue
        found.add(one)
        try:
            requires = importlib.metadata.requires(one) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # a requirement of another platform
        ahead += [_plain(m.group()) for r in requires if "extra ==" not in r and (m := re.match(r"[\w.-]+", r))]
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def freeze(work: Path) -> Path:
    """The folder that PyInstaller made. Sets are walked in one order and files have one time, so that it is the same each time."""
    starter = work / f"{PROGRAM}.py"
    starter.write_text(STARTER)
    separate = [f"--add-data={ROOT / d}:{d if (ROOT / d).is_dir() else Path(d).parent}" for d in DATA]
    options = ["--noconfirm", "--log-level=ERROR", f"--name={PROGRAM}", "--noupx", "--collect-submodules=kubectl_kcp", *separate]
    options += [f"--exclude-module={m}" for m in (*UNUSED, *foreign_modules())]
    if sys.platform == "linux":
        options.append("--strip")  # a wheel's or a distribution's libraries carry symbols that nobody here reads
    folders = [f"--paths={ROOT}", f"--distpath={work / 'dist'}", f"--workpath={work / 'build'}", f"--specpath={work}"]
    environment = {**os.environ, "PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": EPOCH, "PYTHONPATH": str(ROOT)}
    environment["PYINSTALLER_CONFIG_DIR"] = str(work / "cache")
    subprocess.run([sys.executable, "-m", "PyInstaller", *options, *folders, str(starter)], check=True, env=environment)
    folder = work / "dist" / PROGRAM
    for path in [*folder.rglob("*.pyi"), *folder.rglob("py.typed")]:
        path.unlink()  # for type checkers
    (folder / "LICENSE").write_bytes((ROOT / "LICENSE").read_bytes())
    (folder / f"{PROGRAM}.1").write_text(make_man.page(), encoding="utf-8", newline="\n")
    return folder


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        archive.pack(freeze(Path(work)), Path(sys.argv[1]) / archive_name(this_platform()))


if __name__ == "__main__":
    main()

"""Builds the wheel and the sdist, tries the wheel as a new user would, and with --twice holds two builds against each other.

    python tools/build_python.py [--to FOLDER] [--twice] [--try [PYTHON ...]]

What is committed is built, from a copy (``clean_copy.py``), in which README's links lead to this version on the project's pages: PyPI
shows README, and nothing beside it. setuptools gives a wheel one time by SOURCE_DATE_EPOCH, but an sdist keeps each file's own: it is
packed anew.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
import archive  # noqa: E402 - beside this file
import clean_copy  # noqa: E402 - beside this file
from release import EPOCH, plugin  # noqa: E402

LINK = re.compile(r"(!?)\[([^\]]*)\]\((?![a-z]+:|#)([^)\s]+)\)")
"""Of Markdown: a relative one."""
EXPECTED = {"version": "kubectl-kcp ", "demo": "issue 8602, fixed in v1.4.3", "explain etcd-credential-stale": "etcd"}


def sources(to: Path) -> None:
    """The package's files as they are committed, with the time of now."""
    clean_copy.copied(to, clean_copy.PACKAGE)
    readme = to / "README.md"
    readme.write_text(absolute(readme.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def absolute(text: str) -> str:
    """Markdown of the repository's root with its relative links led to where this version lies: pages, folders, pictures."""
    known = plugin()

    def led(found: re.Match[str]) -> str:
        picture, words, target = found.groups()
        kind = "raw" if picture else "tree" if (ROOT / target.partition("#")[0]).is_dir() else "blob"
        return f"{picture}[{words}]({known['homepage']}/{kind}/{known['version']}/{target})"

    return LINK.sub(led, text)


def build(to: Path) -> list[Path]:
    """The sdist and the wheel, in ``to``."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        sources(work / "sources")
        environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH, "PYTHONHASHSEED": "1"}
        command = [sys.executable, "-m", "build", "--outdir", str(work / "made"), str(work / "sources")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        to.mkdir(parents=True, exist_ok=True)
        made = []
        for path in sorted((work / "made").iterdir()):
            made.append(to / path.name)
            if path.name.endswith(".tar.gz"):
                repacked(path, to / path.name)
            else:
                shutil.copyfile(path, to / path.name)
    return made


def repacked(sdist: Path, target: Path) -> None:
    """The same members in one order, with one time and without an owner."""
    with (
        tarfile.open(sdist) as given,
        target.open("wb") as f,
        gzip.GzipFile(fileobj=f, mode="wb", filename="", mtime=0) as z,
        tarfile.open(fileobj=z, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for member in sorted((m for m in given if m.isfile()), key=lambda m: m.name):
            content = given.extractfile(member)
            assert content is not None
            plain = tarfile.TarInfo(member.name)
            plain.size, plain.mode, plain.mtime = member.size, 0o644, int(EPOCH)
            tar.addfile(plain, io.BytesIO(content.read()))


def complete(wheel: Path) -> None:
    """All that is committed of the package is in the wheel: data, templates, the type marker; and its description can stand alone."""
    with zipfile.ZipFile(wheel) as packed:
        there = {n for n in packed.namelist() if n.startswith("kubectl_kcp/")}
        (metadata,) = (n for n in packed.namelist() if n.endswith(".dist-info/METADATA"))
        described = packed.read(metadata).decode()
    if "](https://" not in described:
        sys.exit(f"{wheel.name}: its description is not README")
    if relative := LINK.search(described):
        sys.exit(f"{wheel.name}: its description has a relative link, which leads nowhere on PyPI: {relative[0]}")
    with tempfile.TemporaryDirectory() as folder:
        sources(Path(folder))
        wanted = {p.relative_to(folder).as_posix() for p in (Path(folder) / "kubectl_kcp").rglob("*") if p.is_file()}
    if there != wanted:
        sys.exit(f"{wheel.name}: lacks {sorted(wanted - there)}, and has {sorted(there - wanted)} too many")


def tried(wheel: Path, python: str) -> None:
    """Installs it into a fresh environment, as pipx does, and calls each of its names there."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "venv"
        _run(python, "-m", "venv", str(place))
        programs = place / ("Scripts" if os.name == "nt" else "bin")
        _run(str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel))
        for program in plugin()["executables"]:
            for arguments, words in EXPECTED.items():
                if words not in (printed := _run(str(programs / program["name"]), *arguments.split())):
                    sys.exit(f"{program['name']} {arguments} printed no {words!r}:\n{printed}")
        print(f"{_run(str(programs / 'python'), '--version').strip()}: installed, and each name answers")


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=tempfile.gettempdir(), encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=ROOT / "dist", help="where the two go")
    parser.add_argument("--twice", action="store_true", help="build them twice at once, and fail where they differ")
    parser.add_argument("--try", dest="pythons", nargs="*", metavar="PYTHON", help="install the wheel with these (or with this one)")
    given = parser.parse_args()
    clean_copy.warn(clean_copy.PACKAGE)
    with tempfile.TemporaryDirectory() as other, ThreadPoolExecutor(2) as both:
        second = both.submit(build, Path(other)) if given.twice else None
        made = build(given.to)
        for one, again in zip(made, second.result() if second else (), strict=False):
            if one.read_bytes() != again.read_bytes():
                sys.exit(f"{one.name}: built twice, and the two differ: {archive.differing(one, again)}")
    for path in made:
        print(f"{path}  {path.stat().st_size / 2**20:.1f} MiB" + ("  built twice: equal" if given.twice else ""))
    wheel = next(p for p in made if p.suffix == ".whl")
    complete(wheel)
    for python in (given.pythons or [sys.executable]) if given.pythons is not None else ():
        tried(wheel, python)


if __name__ == "__main__":
    main()

"""The root file system that Containerfile describes, made by hand of this machine's Python and tried with a plain chroot.

Where no builder of images is: the interpreter, its libraries and our requirements are copied from here, and the environment, user and
entry point are read from Containerfile. What is not tried so: that the base image and ``pip install`` can be had, and that the wheel is
whole, which ``build_python.py`` tells.
"""

from __future__ import annotations

import importlib.metadata
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools")]
from freeze import closure  # noqa: E402 - beside this file

PREFIX = "usr/local"
VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
LEFT_OUT = shutil.ignore_patterns("test", "tests", "__pycache__", "site-packages", "idlelib", "tkinter", "config-*", "ensurepip", "lib2to3")
STARTER = f"#!/{PREFIX}/bin/python\nimport sys\nfrom kubectl_kcp.cli.main import main\nsys.exit(main())\n"
"""As pip makes it of our entry point."""


@dataclass(frozen=True)
class Recipe:
    """What Containerfile says about the process."""

    environment: dict[str, str]
    user: str
    entry: list[str]
    command: list[str]


def recipe() -> Recipe:
    said: dict[str, str] = {}
    for line in (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines():
        word, _, rest = line.partition(" ")
        said[word] = rest
    words = {key: re.findall(r'"([^"]*)"', said[key]) for key in ("ENTRYPOINT", "CMD")}
    return Recipe(dict(word.split("=", 1) for word in shlex.split(said["ENV"])), said["USER"], words["ENTRYPOINT"], words["CMD"])


def make(root: Path) -> None:
    """Fills the folder ``root``."""
    library = root / PREFIX / "lib" / VERSION
    shutil.copytree(sysconfig.get_path("stdlib"), library, ignore=LEFT_OUT, symlinks=True)
    packages = library / "site-packages"
    for name in closure("kubectl-kcp") - {"kubectl-kcp"}:
        _copy_distribution(name, packages)
    shutil.copytree(ROOT / "kubectl_kcp", packages / "kubectl_kcp", ignore=shutil.ignore_patterns("__pycache__"))
    programs = root / PREFIX / "bin"
    programs.mkdir()
    shutil.copy(Path(sys.base_prefix) / "bin" / VERSION, programs / "python")
    (programs / "kubectl-kcp").write_text(STARTER, encoding="utf-8")
    (programs / "kubectl-kcp").chmod(0o755)
    for library_file in _needed([programs / "python", *library.rglob("*.so")]):
        target = root / library_file.relative_to("/")
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library_file, target)
    for folder in ("proc", "dev", "tmp"):
        (root / folder).mkdir()


def _copy_distribution(name: str, packages: Path) -> None:
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return  # a requirement of another platform
    for file in distribution.files or ():
        if ".." not in file.parts and "__pycache__" not in file.parts:
            (packages / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(file.locate()), packages / file)


def _needed(binaries: list[Path]) -> set[Path]:
    """The shared libraries that they are linked with, and the loader."""
    said = subprocess.run(["ldd", *map(str, binaries)], capture_output=True, text=True, check=False).stdout
    return {Path(path) for path in re.findall(r"(?:=> |^\t)(/\S+) \(0x", said, re.MULTILINE)}


def inside(root: Path, *command: str) -> list[str]:
    """The words that run ``command`` in there: its root read-only, as Containerfile's user, with its environment alone. Needs root."""
    mounts = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev"'
    told = [f"{name}={value}" for name, value in {"PATH": f"/{PREFIX}/bin", **recipe().environment}.items()]
    run = f'{mounts} && exec env -i {shlex.join(told)} "$@"'
    chroot = ["/usr/bin/setpriv", "--no-new-privs", "/usr/sbin/chroot", f"--userspec={recipe().user}", "--groups=", str(root)]
    return ["unshare", "--mount", "sh", "-c", run, str(root), *chroot, *command]

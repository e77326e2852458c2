"""What a release is called: platforms, archives, addresses. Read from plugin.yaml and the package's version."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = "kubectl-kcp"
EPOCH = "315532800"
"""The time of all that is built: 1980-01-01, the earliest that a zip file can hold."""
ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
"""What a machine calls itself → what Go, and so krew, calls it."""


@dataclass(frozen=True, slots=True)
class Platform:
    """In Go's words: linux, darwin, windows; amd64, arm64. ``archive`` is the architecture whose archive serves it."""

    os: str
    arch: str
    archive: str

    @property
    def program(self) -> str:
        return f"{PROGRAM}.exe" if self.os == "windows" else PROGRAM

    @property
    def suffix(self) -> str:
        return "zip" if self.os == "windows" else "tar.gz"


def plugin() -> dict[str, Any]:
    found = yaml.safe_load((ROOT / "plugin.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def platforms() -> list[Platform]:
    return [Platform(p["os"], p["arch"], p.get("archive", p["arch"])) for p in plugin()["platforms"]]


def this_platform() -> Platform:
    """The one that this machine is. Exits where no archive is built for it."""
    system = {"linux": "linux", "darwin": "darwin", "win32": "windows"}.get(sys.platform, sys.platform)
    arch = ARCHITECTURES.get(platform.machine().lower(), platform.machine())
    for p in platforms():
        if (p.os, p.arch) == (system, arch):
            return p
    sys.exit(f"no archive is built for {system}/{arch}: plugin.yaml names those that are")


def archive_name(p: Platform, version: str | None = None) -> str:
    """``version`` has a leading v; plugin.yaml's unless given."""
    return f"{PROGRAM}-{version or plugin()['version']}-{p.os}-{p.archive}.{p.suffix}"


def address(p: Platform, version: str | None = None) -> str:
    known = plugin()
    return f"{known['homepage']}/releases/download/{version or known['version']}/{archive_name(p, version)}"

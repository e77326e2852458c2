"""What may lie in the repository."""

from __future__ import annotations

import re
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml

from kubectl_kcp import __version__
from kubectl_kcp.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
LONGEST = 400


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [p for p in (ROOT / line for line in done.stdout.splitlines()) if p.is_file()]


def test_no_source_file_is_too_long() -> None:
    long = {str(p.relative_to(ROOT)): n for p in tracked() if p.suffix == ".py" for n in [len(p.read_text().splitlines())] if n > LONGEST}
    assert not long


def test_no_private_key_and_no_path_of_a_machine() -> None:
    key = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*\n[A-Za-z0-9+/]{30}")
    place = re.compile(rb"/(?:root|home/[a-z]+|work)/[a-z.]")
    for path in tracked():
        content = path.read_bytes()
        assert not key.search(content), path
        if path.suffix in (".py", ".md", ".cfg", ".toml", ".yaml", ".yml", ".json", ".html", ".sh") or path.name == "run":
            assert not place.search(content), path


def test_the_repository_stays_small() -> None:
    assert sum(p.stat().st_size for p in tracked()) < 15 << 20
    assert sum(p.stat().st_size for p in (ROOT / "kubectl_kcp/demo").glob("*.tar.xz")) < 2 << 20


def test_descriptors_agree() -> None:
    plugin = yaml.safe_load((ROOT / "plugin.yaml").read_text())
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    scripts = dict(line.split(" = ") for line in setup["options.entry_points"]["console_scripts"].strip().splitlines())
    assert {e["name"]: e["entryPoint"] for e in plugin["executables"]} == scripts
    assert plugin["python"] == setup["options"]["python_requires"]
    assert plugin["version"] == f"v{__version__}"
    assert {c["name"] for c in plugin["commands"]} == set(COMMANDS)

"""docs/dependencies.md: what each requirement is for, its license, size and what its import costs, as installed here.

    python tools/make_dependencies.py [--released TABLE]

Versions and licenses are what the installed packages say of themselves. They do not say when they were released: ``--released`` is a list
of packages with name, newest version and month, parted by tabs; without it what the page has of that is kept. Sizes are of the package's
own files. An import's cost is CPU, the least of five, in a process of its own that has imported nothing else.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/dependencies.md"
PURPOSES = {
    "click": ("click", "the command line"),
    "cryptography": ("cryptography.x509", "signatures of certificates, our own leaf for etcd"),
    "jinja2": ("jinja2", "HTML pages"),
    "kubernetes": ("kubernetes.config", "logins by legacy `auth-provider`, nothing else"),
    "msgspec": ("msgspec", "JSON of thousands of objects"),
    "prometheus_client": ("prometheus_client.parser", "metrics pages"),
    "protobuf": ("google.protobuf.message_factory", "profiles, and lists of Secrets"),
    "psutil": ("psutil", "processes on this machine (`--local`)"),
    "PyYAML": ("yaml", "kubeconfigs, bundles, `-o yaml`"),
    "tabulate": ("tabulate", "tables"),
    "urllib3": ("urllib3", "requests"),
    "wcwidth": ("wcwidth", "characters of two columns"),
    "websocket-client": ("websocket", "port-forward"),
}
"""Requirement → the module that is imported for it, and what for."""
HEAD = """\
# What it depends on

Made by `tools/make_dependencies.py` of the packages that were installed where it ran. None of them is imported before a command needs it;
click alone always is.

| package | for | version | last release | license | size | import |
|---|---|---|---|---|---|---|
"""


def requirements() -> list[str]:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    return [m.group() for line in setup["options"]["install_requires"].split("\n") if (m := re.match(r"[\w.-]+", line.strip()))]


def license_of(name: str) -> str:
    """As the package says it: an expression, else its classifier, else a short field."""
    metadata = importlib.metadata.metadata(name)
    classified = [c.rpartition(" :: ")[2] for c in metadata.get_all("Classifier") or () if c.startswith("License ::")]
    field = metadata.get("License") or ""
    return metadata.get("License-Expression") or ", ".join(classified) or (field if 0 < len(field) < 40 else "not said")


def size_of(name: str) -> int:
    files = importlib.metadata.files(name) or ()
    return sum(Path(str(f.locate())).stat().st_size for f in files if Path(str(f.locate())).is_file() and f.suffix != ".pyc")


def import_time(module: str) -> float:
    """Milliseconds of CPU."""
    script = f"import time; t = time.process_time(); import {module}; print((time.process_time() - t) * 1000)"
    return min(float(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout) for _ in range(5))


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def numbers(version: str) -> list[int]:
    """For comparing: what is no number counts as its digits."""
    return [int(n) for n in re.findall(r"\d+", version)]


def releases(table: Path | None) -> dict[str, str]:
    """Package → the month of its last release; with its version where an older one is installed here, "or later" where the list is older
    than what is installed."""
    if table is None:
        rows = [[c.strip() for c in line.strip("| ").split(" | ")] for line in PAGE.read_text(encoding="utf-8").splitlines()]
        return {plain(row[0]): row[3] for row in rows if len(row) == 7}
    wanted, found = {plain(name): name for name in requirements()}, {}
    with table.open(encoding="utf-8") as lines:
        for line in lines:
            name, version, month, *_ = [*line.rstrip("\n").split("\t"), "", ""]
            if plain(name) in wanted:
                there, listed = numbers(importlib.metadata.version(name)), numbers(version)
                found[plain(name)] = month + (f" ({version})" if listed > there else " or later" if listed < there else "")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--released", type=Path, help="a list of packages: name, newest version, month")
    released = releases(parser.parse_args().released)
    rows = []
    for name in requirements():
        module, purpose = PURPOSES[name]
        version, size, last = importlib.metadata.version(name), size_of(name) / 2**20, released.get(plain(name), "not known")
        rows.append(f"| {name} | {purpose} | {version} | {last} | {license_of(name)} | {size:.1f} MiB | {import_time(module):.0f} ms |")
    PAGE.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

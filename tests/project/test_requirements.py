"""setup.cfg requires what is imported, and nothing else."""

from __future__ import annotations

import ast
import configparser
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = {"google": "protobuf", "websocket": "websocket-client", "yaml": "pyyaml"}
"""Where a distribution is named otherwise than its package."""


def imported() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "kubectl_kcp").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(str(node.module).partition(".")[0])
    outside = found - set(sys.stdlib_module_names) - {"kubectl_kcp"}
    return {DISTRIBUTIONS.get(name, name).replace("_", "-") for name in outside}


def required() -> set[str]:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    rows = config["options"]["install_requires"].split("\n")
    return {re.split(r"[ <>=~!;\[]", row.strip(), maxsplit=1)[0].lower().replace("_", "-") for row in rows if row.strip()}


def test_requirements_are_what_is_imported() -> None:
    assert required() == imported()

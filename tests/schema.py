"""JSON held against docs/schema, where one schema may refer to another by its file's name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

FOLDER = Path(__file__).parents[1] / "docs/schema"
ROOM = "https://kubectl-kcp/schema/"


def _registry() -> Registry[Any]:
    schemas = {f.name: json.loads(f.read_text(encoding="utf-8")) for f in FOLDER.glob("*.json")}
    made: Registry[Any] = Registry()
    return made.with_resources((ROOM + name, Resource.from_contents(schema)) for name, schema in schemas.items())


def validate(document: Any, name: str) -> None:
    """``name`` is the schema's file without its ending. Raises ValidationError."""
    formats = Draft202012Validator.FORMAT_CHECKER
    validator = Draft202012Validator({"$ref": f"{ROOM}{name}.json"}, registry=_registry(), format_checker=formats)
    validator.validate(json.loads(json.dumps(document)))

"""Damages the situations of tests/unit/field N times, and asks commands of each: ``python -m tests.fuzz.fuzz_situations 10000``.

A Secret's data is damaged as files are, any field of any object is put in place by something odd, and log lines are cut. Every command
must end with a code of its own, without a traceback, and no control character may reach a terminal. The seed is printed, so that a
failing run can be repeated: ``... 10000 SEED``.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import io
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kubectl_kcp.cli.main import run
from tests.fuzz.damage import command, damaged
from tests.unit.field.making import Bundle, Ref
from tests.unit.field.situation import SITUATIONS
from tests.unit.field.situations import MODULES

WORDS = (b"\n", b"-----BEGIN X-----\n", b"null", b"\xef\xbb\xbf", b"&a [*a]", b"{}", b"\0", b": ", b"!!python/object:os", b"\xff\xfe", b"'")
FORGED = "FORGED LINE"
ODD: tuple[Any, ...] = (
    *(None, "", 0, -1, True, [], {}, "x", [None], {"a": None}, [[]], 10**30, "a" * 5000),
    *(
        "\u202e\x1b[31m",
        f"x\n{FORGED}",
        "9999999999999",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==",
    ),
)
IN_LOGS = ("{", '"', "\\", "\x1b]0;x\x07", "\u202e", "}", "=", " err=<\n\t")
COMMANDS = ("certs status -A -o wide", "certs status -A -o json", "certs status -A -o openmetrics", "certs credentials -A")
OF_ALL = (*COMMANDS, "cache --with-secrets", "doctor -o json", "doctor -o markdown")
OF_ONE = ("certs inspect", "certs rotation")
FORBIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
assert MODULES, "the situations are made by their import"


def one(chance: random.Random) -> bytes:
    """A seed of its own: a bundle is many files."""
    return str(chance.getrandbits(64)).encode()


def read(data: bytes, outcomes: Counter[str]) -> None:
    chance = random.Random(data)
    name = chance.choice(sorted(SITUATIONS))
    bundle = Bundle()
    SITUATIONS[name].make(bundle)
    for _ in range(chance.randint(1, 4)):
        _damage(bundle, chance)
    bundle.log = [_cut(line, chance) for line in bundle.log]
    with tempfile.TemporaryDirectory() as folder:
        path = bundle.write(Path(folder) / "bundle")
        for asked in _commands(bundle, chance):
            outcomes[f"exit {ask(asked, path)}"] += 1


def ask(asked: str, path: Path) -> int:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run((*asked.split(), "--bundle", str(path)), "kubectl kcp")
    said = out.getvalue() + err.getvalue()
    assert code in range(5), (asked, code, said)
    assert "Traceback" not in said, (asked, said)
    assert not FORBIDDEN.search(said), (asked, said)
    assert f"\n{FORGED}" not in said, (asked, said)
    return int(code)


def _commands(bundle: Bundle, chance: random.Random) -> Iterator[str]:
    yield from chance.sample(OF_ALL, 3)
    first = next(iter(bundle.objects["clusters"]), None)
    if first is not None:
        yield f"{chance.choice(OF_ONE)} {first.namespace}/{first.name}"


def _damage(bundle: Bundle, chance: random.Random) -> None:
    plural = chance.choice([p for p, found in bundle.objects.items() if found])
    ref: Ref = chance.choice(list(bundle.objects[plural]))
    made = bundle.objects[plural][ref] = copy.deepcopy(bundle.objects[plural][ref])
    data = made.get("data")
    if plural == "secrets" and isinstance(data, dict) and data and chance.random() < 0.6:
        field = chance.choice(list(data))
        if isinstance(data[field], str):
            data[field] = base64.b64encode(damaged(base64.b64decode(data[field] + "=="), chance, WORDS)).decode()
            return
    *way, last = chance.choice(list(_paths(made)))
    for step in way:
        made = made[step]
    made[last] = chance.choice(ODD)


def _paths(held: Any) -> Iterator[tuple[Any, ...]]:
    for step, inner in held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ():
        yield (step,)
        yield from ((step, *rest) for rest in _paths(inner))


def _cut(line: str, chance: random.Random) -> str:
    at = chance.randrange(len(line) + 1)
    return line if chance.random() < 0.5 else line[:at] + chance.choice(IN_LOGS) + line[at + chance.randrange(3) :]


if __name__ == "__main__":
    command("damaged situations", one, read)

"""Controllers' logs: which names their fields hold, and the same lines with stand-ins."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from kubectl_kcp.knowledge.redaction import LOG_NAMES
from kubectl_kcp.logs.reader import Line, entries, parse
from kubectl_kcp.redaction.names import OTHER, Names
from kubectl_kcp.redaction.text import Texts, tell_of

_HEAD = re.compile(r"[IWEF]\d{4} [\d:.]+\s+\d+ [^\s\]]+\] ?")
"""klog's: time, thread, file and line of the code."""


def tell_lines(names: Names, lines: Iterable[str], now: datetime) -> None:
    for entry in entries(lines):
        line = parse(entry, now)
        if line is not None:
            _tell(names, line)
        tell_of(names, entry)


def _tell(names: Names, line: Line) -> None:
    kind = line.fields.get("controllerKind", OTHER)
    for key, value in line.fields.items():
        if not value or " " in value:
            continue
        if key[:1].isupper():
            names.tell(key, value)
        elif key == "name":
            names.tell(kind, value)
        elif key.lower() in LOG_NAMES:
            names.tell(LOG_NAMES[key.lower()], value)


def replaced(texts: Texts, lines: Iterable[str]) -> list[str]:
    made = []
    for line in lines:
        head = _HEAD.match(line)
        at = head.end() if head else 0
        made.append(line[:at] + texts.replaced(line[at:]))
    return made

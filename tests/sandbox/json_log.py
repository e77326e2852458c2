"""klog's lines as ``--logging-format=json`` has them (k8s.io/component-base logs/json; a real KCP's: tests/recordings/logs)."""

from __future__ import annotations

import datetime as dt
import json
import re

MESSAGE = re.compile(r'"((?:[^"\\]|\\.)*)"')
PAIR = re.compile(r' ([A-Za-z]+)="((?:[^"\\]|\\.)*)"')
FLAG = "--logging-format=json"


def as_json(now: dt.datetime, where: str, message: str, level: str) -> str:
    """``message`` is the quoted words and what follows them, as ``Process.say`` gets it. Kinds, which begin with a capital, are objects."""
    words = MESSAGE.match(message)
    assert words is not None, message
    entry: dict[str, object] = {"ts": round(now.timestamp() * 1000, 4), "caller": where, "msg": words[1]}
    for key, value in PAIR.findall(message[words.end() :]):
        namespace, _, name = value.partition("/")
        entry[key] = {"name": name, "namespace": namespace} if key[0].isupper() and name else value.replace('\\"', '"')
    if level == "I":
        entry["v"] = 0
    return json.dumps(entry, separators=(",", ":"))

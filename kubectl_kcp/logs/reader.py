"""Controllers' logs, read in one place: klog's text, ``--logging-format=json``, and the lines that etcd's client writes between them.

klog's text (k8s.io/klog/v2 internal/serialize)::

    E1123 22:08:06.455240    3829 controller.go:494] "Reconciler error" err="..." Cluster="default/c001" ...

klogr's, of Cluster API 1.1 and before and of other providers of that time, quotes its keys (k8s.io/klog/v2 klogr/klogr.go)::

    E1123 22:08:06.455240       1 controller.go:302] setup "msg"="Reconciler error" "error"="..." "name"="c001" ...

JSON (k8s.io/component-base logs/json): ``ts`` in milliseconds since 1970, ``v`` on informational lines only, objects as
``{"name": ..., "namespace": ...}``. etcd's client (zap, go.etcd.io/etcd/client/v3): ``level``, ``ts`` in RFC 3339, ``target``,
``error``. Other providers write zap's JSON, too, or its console form with tabs, times in RFC 3339 or in seconds since 1970
(controller-runtime pkg/log/zap)::

    2026-11-23T22:08:06Z    ERROR    Reconciler error    {"controller": "x", "error": "..."}

A ``Line`` says the same for all. What ``kubectl logs --prefix --timestamps`` puts before a line is left out.

Whoever asks a question of a large log first passes over what cannot answer it, by words in the raw text; only what is left is parsed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from msgspec import Struct, field

from kubectl_kcp.kube.times import parse_time, since_epoch
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.reference import Ref

_HEADER = re.compile(r"([IWEF])(\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{6})\s+\d+ ([^\s\]]+)\] ?")
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_MESSAGE = re.compile(_QUOTED)
_PAIR = re.compile(rf"(?:^|(?<=\s))([A-Za-z_][\w./-]*)=({_QUOTED}|<\n.*?\n >|\S*)", re.DOTALL)
_KLOGR = re.compile(rf'(?:^|(?<=\s))"([A-Za-z][\w ./-]*)"=({_QUOTED}|\S*)')
_KLOGR_MARK = '"msg"="'
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_MEANT = {"n": "\n", "t": "\t", "r": "\r"}
_LETTERS = {"debug": "I", "info": "I", "warn": "W", "error": "E", "dpanic": "F", "panic": "F", "fatal": "F"}
_PUT_BEFORE = re.compile(r"(?:\[pod/[^\]\s]+\] )?(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) )?")
_SECONDS = 1e11
"""Numbers below are seconds, above milliseconds: of the year 5138, and of 1973."""
_LONGEST_TIME = 40
_CONTINUED = ("\t", " ")
"""What a line begins with that belongs to the one before: klog writes a value of several lines as ``err=<``, lines after a tab, `` >``."""
LONGEST = 1 << 20
"""Characters of one entry that are looked at: ``--v=10`` logs whole request bodies."""


class Line(Struct, frozen=True):
    """One entry. ``severity`` is klog's letter (I, W, E, F), ``verbosity`` the ``v`` that JSON tells and text does not. ``source``
    is file and line of the code. ``fields`` are the other keys: an object as ``namespace/name``, whatever the format."""

    message: str
    at: datetime | None = None
    severity: str = ""
    verbosity: int | None = None
    source: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def error(self) -> str:
        """``err`` of klog and component-base, ``error`` of etcd's client."""
        return self.fields.get("err") or self.fields.get("error", "")

    @property
    def logger(self) -> str:
        return self.fields.get("logger", "")

    @property
    def cluster(self) -> Ref | None:
        return self.object("Cluster")

    def object(self, kind: str) -> Ref | None:
        """The object that the line names under its kind; None where it names none with a namespace. controller-runtime 0.12 and before
        (Cluster API 1.2) begins the kind with a small letter; before 0.11 it tells its object by ``reconciler kind`` alone."""
        told = self.fields.get(kind) or self.fields.get(kind[:1].lower() + kind[1:], "")
        if not told and self.fields.get("reconciler kind") == kind:
            told = f"{self.fields.get('namespace', '')}/{self.fields.get('name', '')}"
        namespace, slash, name = told.partition("/")
        return Ref(namespace, name) if slash and namespace and name else None


def entries(lines: Iterable[str]) -> Iterator[str]:
    """Raw entries: lines that continue one are joined to it."""
    parts: list[str] = []
    for line in map(bare, lines):
        if line.startswith(_CONTINUED) and parts:
            parts.append(line)
            continue
        if parts:
            yield parts[0] if len(parts) == 1 else "\n".join(parts)
        parts = [line]
    if parts:
        yield parts[0] if len(parts) == 1 else "\n".join(parts)


def bare(line: str) -> str:
    """Without the Pod's name and the time that ``kubectl logs`` puts before a line where it is asked to."""
    return line[m.end() :] if line[:1] in ("[", "2") and (m := _PUT_BEFORE.match(line)) is not None else line


def parse(entry: str, now: datetime) -> Line | None:
    """``entry`` is one of ``entries``; None for what is in no known form. ``now`` gives klog's times their year."""
    entry = entry[:LONGEST]
    return _from_json(entry) if entry.startswith("{") else _from_text(entry, now) or _from_console(entry)


def written_since(lines: Iterable[str], since: datetime, now: datetime) -> Iterator[str]:
    """A log from its first line that was written then or later, as the kubelet answers ``sinceTime``: to the second. A log in which no
    line tells its time is given whole."""
    since = since.replace(microsecond=0)
    begun, timed, untimed = False, False, list[str]()
    for line in lines:
        if begun:
            yield line
            continue
        at = _written(line, now)
        if at is None:
            untimed.append(line)
            continue
        begun = at >= since
        if begun:
            yield from () if timed else untimed
            yield line
        timed, untimed = True, []
    if not timed:
        yield from untimed


def begins(lines: Iterable[str], now: datetime) -> datetime | None:
    """The first time that a log tells; None where it tells none."""
    return next((at for line in lines if (at := _written(line, now)) is not None), None)


def last_written(lines: Sequence[str], now: datetime) -> datetime | None:
    """The last time that a log tells; None where it tells none."""
    return begins(reversed(lines), now)


def _written(line: str, now: datetime) -> datetime | None:
    """Without reading the whole line, where its form allows it."""
    line = bare(line)
    m = _HEADER.match(line)
    if m is not None:
        return _time([int(g) for g in m.groups()[1:7]], now)
    found = _from_json(line) if line.startswith("{") else _from_console(line)
    return found.at if found is not None else None


def about(lines: Iterable[str], now: datetime, words: Sequence[str]) -> Iterator[tuple[str, Line]]:
    """The entries that hold one of ``words``, each raw and parsed; the others are passed over unparsed. What is in no known form keeps
    its text as its message."""
    for entry in entries(lines):
        if any(w in entry for w in words):
            yield entry, parse(entry, now) or Line(entry)


def planes(clusters: Iterable[Cluster]) -> dict[Ref, Ref]:
    """Clusters by their control plane, for lines that name that alone."""
    return {Ref(c.control_plane.namespace, c.control_plane.name): c.ref for c in clusters if c.control_plane is not None}


def _from_text(entry: str, now: datetime) -> Line | None:
    m = _HEADER.match(entry)
    if m is None:
        return None
    at = _time([int(g) for g in m.groups()[1:7]], now)
    rest = entry[m.end() :]
    message = _MESSAGE.match(rest)
    if _KLOGR_MARK in rest and (message is None or message[0] == '"msg"'):
        told = {p[1]: _value(p[2]) for p in _KLOGR.finditer(rest)}
        if "msg" in told:
            return Line(told.pop("msg"), at, m[1], source=m[8], fields=told)
    if message is None:
        return Line(rest, at, m[1], source=m[8])
    fields = {p[1]: _value(p[2]) for p in _PAIR.finditer(rest, message.end())}
    return Line(_unquote(message[0]), at, m[1], source=m[8], fields=fields)


def _value(text: str) -> str:
    if text.startswith('"'):
        return _unquote(text)
    if text.startswith("<\n"):
        return "\n".join(line.removeprefix("\t") for line in text.split("\n")[1:-1])
    return text


def _unquote(text: str) -> str:
    inner = text[1:-1]
    return _ESCAPE.sub(lambda m: _MEANT.get(m[1], m[1]), inner) if "\\" in inner else inner


def _time(parts: list[int], now: datetime) -> datetime | None:
    """klog's times have no year: it is now's, or the one before where that would lie ahead of now."""
    month, day, hour, minute, second, micro = parts
    for year in (now.year, now.year - 1):
        try:
            at = datetime(year, month, day, hour, minute, second, micro, tzinfo=timezone.utc)
        except ValueError:
            continue
        if at <= now + timedelta(days=1):
            return at
    return None


def _from_json(entry: str) -> Line | None:
    try:
        found = json.loads(entry)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    level, verbosity = found.pop("level", None), found.pop("v", None)
    steps = verbosity if isinstance(verbosity, int) and not isinstance(verbosity, bool) else None
    severity = _LETTERS.get(level, "") if isinstance(level, str) else "E" if steps is None else "I"
    message, at, source = found.pop("msg", ""), _json_time(found.pop("ts", None)), found.pop("caller", "")
    return Line(str(message), at, severity, steps, str(source), {k: _plain(v) for k, v in found.items()})


def _from_console(entry: str) -> Line | None:
    """Time, level, logger and caller where there are, message, and the fields as JSON; a tab between them."""
    at, tab, rest = entry.partition("\t")
    level, _, rest = rest.partition("\t")
    severity = _LETTERS.get(level.lower(), "") if tab and len(at) < _LONGEST_TIME else ""
    if not severity:
        return None
    words, found, more = rest.partition("\t{")
    told = _from_json("{" + more) if found else None
    *before, message = words.partition("\n")[0].split("\t")
    return Line(message, _console_time(at), severity, source=before[-1] if before else "", fields=told.fields if told else {})


def _console_time(text: str) -> datetime | None:
    try:
        return _json_time(float(text))
    except ValueError:
        return parse_time(text)


def _json_time(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return parse_time(value)
    try:
        return since_epoch(value if value < _SECONDS else value / 1000)
    except OverflowError:  # an integer of hundreds of digits
        return None


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        namespace = value.get("namespace")
        return f"{namespace}/{value['name']}" if isinstance(namespace, str) and namespace else value["name"]
    return json.dumps(value)

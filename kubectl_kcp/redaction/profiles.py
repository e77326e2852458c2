"""Profiles: labels' values, comments, and what paths of the code tell of who built it. Functions' names are the program's own."""

from __future__ import annotations

import gzip
import re
from typing import Any

from kubectl_kcp.knowledge.redaction import PUBLIC_DOMAINS
from kubectl_kcp.pprof.compression import unpack
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.redaction.names import HOST, OTHER, Names
from kubectl_kcp.redaction.text import Texts

_HOME = re.compile(r"((?:^|/|\\)(?:home|Users)[/\\])[^/\\]+")
_MODULE = re.compile(r"(^|\bmod/)([a-z0-9-]+(?:\.[a-z0-9-]+)+)/")
_KEPT_LABELS = frozenset({"controller", "controllerKind", "controllerGroup", "bytes", "reconcileID", "thread"})


def replaced(data: bytes, names: Names, texts: Texts) -> bytes:
    """Gzipped protobuf again. Raises BadInput for what is no profile."""
    from kubectl_kcp.pprof import messages as m

    decode(data)  # what cannot be read is not passed on: nobody knows what it holds
    profile = m.Profile.FromString(unpack(data))
    old = [s.decode("utf-8", "replace") for s in profile.string_table]
    made: dict[str, int] = {"": 0}

    def text(index: int, change: Any) -> int:
        return made.setdefault(change(old[index]), len(made))

    def same(value: str) -> str:
        return value

    def code(value: str) -> str:
        return _code(value, names)

    _each(profile.sample_type, m.ValueType, lambda x: _set(x, ("type", "unit"), text, same))
    if profile.period_type:
        period = m.ValueType.FromString(profile.period_type)
        _set(period, ("type", "unit"), text, same)
        profile.period_type = period.SerializeToString()
    _each(profile.mapping, m.Mapping, lambda x: _set(x, ("filename", "build_id"), text, code))
    _each(profile.function, m.Function, lambda x: _set(x, ("name", "system_name", "filename"), text, code))

    def named(value: str) -> str:
        changed = texts.replaced(value)
        return changed if changed != value else names.name(OTHER, value)

    def labels(sample: Any) -> None:
        for label in sample.label:
            key = old[label.key]
            label.key, label.num_unit = text(label.key, same), text(label.num_unit, same)
            label.str = text(label.str, same if key in _KEPT_LABELS else named)

    _each(profile.sample, m.Sample, labels)
    for n, comment in enumerate(profile.comment):
        profile.comment[n] = text(comment, texts.replaced)
    profile.default_sample_type = text(profile.default_sample_type, same)
    profile.ClearField("drop_frames")
    profile.ClearField("keep_frames")
    del profile.string_table[:]
    profile.string_table.extend(s.encode() for s in made)
    return gzip.compress(profile.SerializeToString(), mtime=0)


def _each(packed: Any, kind: Any, change: Any) -> None:
    for n, data in enumerate(packed):
        message = kind.FromString(data)
        change(message)
        packed[n] = message.SerializeToString()


def _set(message: Any, fields: tuple[str, ...], text: Any, change: Any) -> None:
    for field in fields:
        index = getattr(message, field)
        if index:
            setattr(message, field, text(index, change))


def _code(value: str, names: Names) -> str:
    """A function or file of a private module loses the module's host, a path in somebody's home its owner."""
    value = _HOME.sub(r"\1user", value)
    return _MODULE.sub(lambda m: m[0] if PUBLIC_DOMAINS.search(m[2]) else f"{m[1]}{names.name(HOST, m[2])}/", value)

"""The flags that a container's process is started with, read from its ``command``, ``args`` and ``env``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kubectl_kcp.kube.objects import rows, strings, text
from kubectl_kcp.kube.resources import Object

_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")
_SHORTHAND = re.compile(r"^-v(\d+)$")
"""``-v5`` is pflag's short form of ``--v=5``."""


def flags_of(container: Object) -> dict[str, str]:
    """By name, without dashes. ``command`` and ``args`` make one line; the first word of ``command`` is the program. A value that
    comes from elsewhere (``valueFrom``, ``envFrom``) is not known here: its ``$(NAME)`` stays as it is written."""
    env = _environment(container)
    return parse_flags([expanded(word, env) for word in (*strings(container, "command")[1:], *strings(container, "args"))])


def _environment(container: Object) -> dict[str, str]:
    """A value may name variables that stand before it. A later entry of the same name wins, even where its value is not known."""
    env: dict[str, str] = {}
    for row in rows(container, "env"):
        name = text(row, "name")
        if "valueFrom" in row:
            env.pop(name, None)
        else:
            env[name] = expanded(text(row, "value"), env)
    return env


def expanded(word: str, env: Mapping[str, str]) -> str:
    """``$(NAME)`` by the variable's value; ``$$`` is one dollar sign, and a name that is not known stays as it is written.

    Source: kubernetes/kubernetes ``third_party/forked/golang/expansion/expand.go``.
    """
    return _REFERENCE.sub(lambda m: "$" if m[1] is None else env.get(m[1], m[0]), word)


def parse_flags(args: Sequence[str]) -> dict[str, str]:
    """``--name=value``, ``--name value``, ``--name`` (read as ``true``) and ``-v5`` to a table. After ``--`` no flag follows (pflag)."""
    flags: dict[str, str] = {}
    waiting = ""
    for arg in args:
        if arg == "--":
            break
        if arg.startswith("-"):
            name, found, value = _SHORTHAND.sub(r"-v=\1", arg).lstrip("-").partition("=")
            flags[name] = value if found else "true"
            waiting = "" if found else name
        elif waiting:
            flags[waiting], waiting = arg, ""
    return flags

"""What may reach a terminal. Names of certificates, logs, kubeconfigs and objects come from elsewhere, and a terminal obeys control
characters: an escape sequence sets its title, a carriage return or a bidirectional mark shows another text than what is there.

Everything that Python does not call printable is replaced: control characters (C0, DEL, C1), marks without width, bidirectional
marks (U+202A to U+202E, U+2066 to U+2069), lone surrogates. White space becomes a space, the rest its escape: ``\\x1b``, ``\\u202e``.
"""

from __future__ import annotations

import re

COLOURS = re.compile(r"(\x1b\[(?:3[123]|0)m)")
"""The sequences of :mod:`kubectl_kcp.render.tone`. They change nothing but a colour."""


def one_line(text: str) -> str:
    """For a word or a sentence that stands in a line of ours: a newline in it would forge the next one."""
    return text if text.isprintable() else "".join(ch if ch.isprintable() else _shown(ch) for ch in text)


def printable(text: str, colours: bool = False) -> str:
    """For a whole output: its newlines stay, and with ``colours`` red, yellow and green."""
    if colours:
        return "".join(part if n % 2 else printable(part) for n, part in enumerate(COLOURS.split(text)))
    if text.replace("\n", "").isprintable():
        return text
    return "\n".join(one_line(line) for line in text.split("\n"))


def _shown(character: str) -> str:
    return " " if character.isspace() else character.encode("unicode_escape").decode("ascii")

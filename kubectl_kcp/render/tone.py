"""Colour, which says again what a word says: red is broken, yellow is to be looked at, green is well.

A toned word is drawn in its colour on a terminal that wants it, and is a word like others anywhere else.
"""

from __future__ import annotations

from enum import Enum


class Tone(Enum):
    """Select Graphic Rendition parameters."""

    BAD = "31"
    DOUBTFUL = "33"
    GOOD = "32"


class Toned(str):
    """A word with its tone."""

    __slots__ = ("tone",)
    tone: Tone


def toned(word: str, tone: Tone | None) -> str:
    if tone is None:
        return word
    made = Toned(word)
    made.tone = tone
    return made


def painted(word: str) -> str:
    """With the sequences that a terminal obeys, where it has a tone. :func:`kubectl_kcp.printable.printable` lets these through."""
    return f"\x1b[{word.tone.value}m{word}\x1b[0m" if isinstance(word, Toned) else word

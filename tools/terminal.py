"""A command's output as a terminal of so many columns shows it: as an SVG picture and as a recording (asciicast v2).

The command runs on a terminal of its own (a pty), so that it wraps and colours as for a person. What it may print are lines and the three
colours of ``render/tone.py``: no cursor is moved.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path

ROWS = 50
WIDE, HIGH, EDGE, BAR = 8.0, 18, 12, 30
"""Pixels: a character's width, a line's height, the edge around, the bar on top."""
_COLOUR = re.compile(r"\x1b\[(\d+)m")
HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" \
role="img" aria-label="{label}">
<style>text{{font:13px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;fill:#d6dbe0;white-space:pre}}
.c31{{fill:#ff7b72}}.c32{{fill:#7ee787}}.c33{{fill:#e3b341}}.p{{fill:#79c0ff}}</style>
<rect width="100%" height="100%" rx="8" fill="#14181d"/>
<rect width="100%" height="{bar}" rx="8" fill="#262c34"/><g fill="#59636e"><circle cx="18" cy="15" r="5"/><circle cx="36" cy="15" r="5"/>\
<circle cx="54" cy="15" r="5"/></g>
"""


@dataclass(frozen=True)
class Shown:
    """What a command printed: pieces with the seconds since it began."""

    command: str
    columns: int
    pieces: tuple[tuple[float, str], ...]

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.pieces).replace("\r\n", "\n")


def shown(command: str, run: Sequence[str], columns: int, more: Mapping[str, str], folder: Path) -> Shown:
    """``command`` is what a person would type, ``run`` what is run for it. Its exit code is not looked at: a finding gives 1."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    left = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "KUBECONFIG"}
    environment = {**{k: v for k, v in os.environ.items() if k not in left}, "TERM": "xterm-256color", **more}
    started = time.monotonic()
    pieces: list[tuple[float, str]] = []
    with subprocess.Popen(run, stdin=subprocess.DEVNULL, stdout=child, stderr=child, env=environment, cwd=folder):
        os.close(child)
        pieces.extend((round(time.monotonic() - started, 2), text) for text in _read(parent))
    os.close(parent)
    return Shown(command, columns, tuple(pieces))


def _read(terminal: int) -> Iterator[str]:
    """Until nobody holds the other end; whole characters."""
    rest = b""
    while True:
        try:
            data = os.read(terminal, 1 << 16)
        except OSError:  # Linux's word for the end
            return
        if not data:
            return
        whole = rest + data
        text = whole.decode(errors="ignore")
        rest = whole[len(text.encode()) :]
        yield text


def rows(text: str, columns: int) -> list[list[tuple[str, str]]]:
    """The terminal's rows, each of runs: a colour's number ("" is none) and characters. Longer lines go on in the next row."""
    found: list[list[tuple[str, str]]] = []
    for line in text.rstrip("\n").split("\n"):
        row: list[tuple[str, str]] = []
        room, colour = columns, ""
        for number, piece in enumerate(_COLOUR.split(line)):
            if number % 2:
                colour = "" if piece == "0" else piece
                continue
            rest = piece
            while len(rest) > room:
                found.append([*row, (colour, rest[:room])])
                row, rest, room = [], rest[room:], columns
            if rest:
                row.append((colour, rest))
                room -= len(rest)
        found.append(row)
    return found


def svg(seen: Shown) -> str:
    lines = [[("", "$ "), ("p", seen.command)], *rows(seen.text, seen.columns)]
    width, height = seen.columns * WIDE + 2 * EDGE, len(lines) * HIGH + BAR + 2 * EDGE
    drawn = [HEAD.format(width=width, height=height, bar=BAR, label=escape(seen.command))]
    for number, line in enumerate(lines):
        at, y = EDGE + 0.0, BAR + EDGE + number * HIGH + 13
        runs = []
        for colour, characters in line:
            kind = f' class="{colour if colour == "p" else f"c{colour}"}"' if colour else ""
            length = f' textLength="{len(characters) * WIDE:.0f}"' if characters.strip() else ""
            runs.append(f'<tspan x="{at:.0f}"{length}{kind}>{escape(characters, quote=False)}</tspan>')
            at += len(characters) * WIDE
        drawn.append(f'<text y="{y}">{"".join(runs)}</text>\n')
    return "".join(drawn) + "</svg>\n"


def text_of(picture: str) -> str:
    """The rows of an SVG of :func:`svg`, the command's first."""
    return "\n".join(unescape(re.sub(r"<[^>]+>", "", line)) for line in re.findall(r"<text [^>]*>(.*?)</text>", picture))


def cast(seen: Shown) -> str:
    """As asciinema plays it. There is no date in it, and no environment."""
    head = {"version": 2, "width": seen.columns, "height": ROWS, "title": seen.command}
    events = [[0.0, "o", f"$ {seen.command}\r\n"], *([at, "o", text] for at, text in seen.pieces)]
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in (head, *events)) + "\n"

"""What to do, as data: words for a person, with commands of this program in them.

The program has two names (``kubectl kcp``, ``kubectl capi-kcp``), and under the wrong one another plugin may answer. So no text
holds a name: it is put in where the words are shown, by what the program was called by.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ANYWHERE = ("access manifest", "completion", "demo", "explain", "version")
"""Commands that look at no management cluster: they take no ``--context``."""
_KUBECTL = re.compile(r"\bkubectl (?=-n |apply |cluster-info|describe |get |rollout |scale )")


class Called(str):
    """The name that this program was called by, with ``options`` that lead its command lines to the management cluster that was
    looked at: ``--context prod-1``. Whoever copies such a line must not change another one."""

    options: str

    def __new__(cls, name: str, options: str) -> Called:
        made = super().__new__(cls, name)
        made.options = options
        return made


def line(program: str, words: str) -> str:
    """A command line as it is typed. ``program`` is the name that this program was called by."""
    return f"{program} {_led(words, program.options) if isinstance(program, Called) else words}"


def _led(words: str, options: str) -> str:
    return f"{words} {options}" if options and not words.startswith(ANYWHERE) else words


def _text(words: str, options: str) -> str:
    """kubectl's own command lines within words, led there, too."""
    return _KUBECTL.sub(lambda _: f"kubectl {options} ", words) if options else words


@dataclass(frozen=True, slots=True)
class Command:
    """A command line of this program. ``words`` follow its name: ``certs status -A``."""

    words: str


@dataclass(frozen=True, slots=True)
class Advice:
    """Words and commands, in their order. Without any it is false."""

    parts: tuple[str | Command, ...] = ()

    def text(self, program: str) -> str:
        """``program`` is the name that this program was called by: ``kubectl kcp``."""
        options = program.options if isinstance(program, Called) else ""
        return "".join(_text(p, options) if isinstance(p, str) else line(program, p.words) for p in self.parts)

    def led(self, options: str) -> Advice:
        """With its command lines led to one of several management clusters: see :class:`Called`."""
        return Advice(tuple(_text(p, options) if isinstance(p, str) else Command(_led(p.words, options)) for p in self.parts))

    @property
    def commands(self) -> tuple[str, ...]:
        """The command lines, without the program's name."""
        return tuple(p.words for p in self.parts if isinstance(p, Command))

    def __bool__(self) -> bool:
        return bool(self.parts)


NO_ADVICE = Advice()


def advice(*parts: str | Command | Advice) -> Advice:
    """Joined as they are; "" is none."""
    flat: list[str | Command] = []
    for part in parts:
        flat += part.parts if isinstance(part, Advice) else [part] if part else []
    return Advice(tuple(flat))


def command(words: str) -> Command:
    return Command(words)

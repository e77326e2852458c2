"""What to do, as data: words for a person, with commands of this program in them.

The program has two names (``kubectl kcp``, ``kubectl capi-kcp``), and under the wrong one another plugin may answer. So no text
holds a name: it is put in where the words are shown, by what the program was called by.
"""

from __future__ import annotations

from dataclasses import dataclass


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
        return "".join(p if isinstance(p, str) else f"{program} {p.words}" for p in self.parts)

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

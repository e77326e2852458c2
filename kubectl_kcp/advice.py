"""What to do, as data: words for a person, with commands of this program in them.

The program has two names (``kubectl kcp``, ``kubectl capi-kcp``), and under the wrong one another plugin may answer. So no text
holds a name: it is put in where the words are shown, by what the program was called by.
"""

from __future__ import annotations

import os
import re

from msgspec import Struct

ANYWHERE = ("access manifest", "completion", "demo", "explain", "version")
"""Commands that look at no management cluster: they take no ``--context``."""
GLUE = "\x1f"
"""Stands for a blank within a command line until the words around it are wrapped: a line in two pieces does harm where it is pasted."""
AND = " && "
"""Between two command lines of which the second is of no use where the first has failed."""
_KUBECTL = re.compile(r"\bkubectl (?=-n |apply |cluster-info|describe |get |rollout |scale )")


class Called(str):
    """The name that this program was called by, with ``options`` that lead its command lines to the management cluster that was
    looked at: ``--context prod-1``. Whoever copies such a line must not change another one."""

    options: str

    def __new__(cls, name: str, options: str) -> Called:
        made = super().__new__(cls, name)
        made.options = options
        return made


PARTING = frozenset(" \t\"'&|<>^%()@,;=`$")
"""What cmd.exe or PowerShell would not leave within a word."""


def shell_word(word: str, system: str = os.name) -> str:
    """As a shell takes it for one word. Windows' cmd.exe knows no single quotes. ``system`` is ``os.name``."""
    if system != "nt":
        from shlex import quote

        return quote(word)
    return word if word and not set(word) & PARTING else '"' + word.replace('"', '\\"') + '"'


def line(program: str, words: str) -> str:
    """A command line as it is typed. ``program`` is the name that this program was called by."""
    return f"{program} {_led(words, program.options) if isinstance(program, Called) else words}"


def _led(words: str, options: str) -> str:
    return f"{words} {options}" if options and not words.startswith(ANYWHERE) else words


def _text(words: str, options: str) -> str:
    """kubectl's own command lines within words, led there, too."""
    return _KUBECTL.sub(lambda _: f"kubectl {options} ", words) if options else words


class Command(Struct, frozen=True):
    """A command line of this program. ``words`` follow its name: ``certs status -A``."""

    words: str

    def text(self, program: str) -> str:
        return line(program, self.words)

    def led(self, options: str) -> Command:
        return Command(_led(self.words, options))


class Shell(Struct, frozen=True):
    """A command line of another program, as it is typed: ``kubectl -n NAMESPACE describe pod NAME``."""

    words: str

    def text(self, program: str) -> str:
        return (self.led(program.options) if isinstance(program, Called) else self).words

    def led(self, options: str) -> Shell:
        """clusterctl has another name for the context, and takes it last."""
        if not options:
            return self
        if AND in self.words:
            return Shell(AND.join(Shell(part).led(options).words for part in self.words.split(AND)))
        name, _, words = self.words.partition(" ")
        if name == "clusterctl":
            return Shell(f"{self.words} {options.replace('--context', '--kubeconfig-context')}")
        return Shell(f"{name} {options} {words}")


class Advice(Struct, frozen=True):
    """Words and commands, in their order. Without any it is false."""

    parts: tuple[str | Command | Shell, ...] = ()

    def text(self, program: str, blank: str = " ") -> str:
        """``program`` is the name that this program was called by: ``kubectl kcp``. ``blank`` stands between a command line's words."""
        return "".join(words.replace(" ", blank) if typed else words for words, typed in self.pieces(program))

    def pieces(self, program: str) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether it is a command line to be typed."""
        options = program.options if isinstance(program, Called) else ""
        return [(_text(p, options), False) if isinstance(p, str) else (p.text(program), True) for p in self.parts]

    def led(self, options: str) -> Advice:
        """With its command lines led to one of several management clusters: see :class:`Called`."""
        return Advice(tuple(_text(p, options) if isinstance(p, str) else p.led(options) for p in self.parts))

    @property
    def commands(self) -> tuple[str, ...]:
        """The command lines of this program, without its name."""
        return tuple(p.words for p in self.parts if isinstance(p, Command))

    def __bool__(self) -> bool:
        return bool(self.parts)


NO_ADVICE = Advice()


def advice(*parts: str | Command | Shell | Advice) -> Advice:
    """Joined as they are; "" is none."""
    flat: list[str | Command | Shell] = []
    for part in parts:
        flat += part.parts if isinstance(part, Advice) else [part] if part else []
    return Advice(tuple(flat))


def command(words: str) -> Command:
    return Command(words)


def kubectl(words: str) -> Shell:
    return Shell(f"kubectl {words}")


def rollout(name: str = "NAME", namespace: str = "NAMESPACE") -> Shell:
    """New Machines for a KubeadmControlPlane."""
    return Shell(f"clusterctl alpha rollout restart kubeadmcontrolplane/{name} -n {namespace}")


GRANT = advice(command("access check"), " prints the line that grants it")
"""Where a right is missing: ``access manifest`` alone gives it to a group, not to who was refused."""

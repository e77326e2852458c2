"""How a command prints: one decorator for its options, and one way from what it found to the terminal and the exit code.

A command hands over a :class:`~kubectl_kcp.render.view.View`; formats, "nothing found", ``--watch``, ``--no-headers`` and
``--fail-on`` are here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

import click
from click.shell_completion import CompletionItem
from msgspec import Struct

from kubectl_kcp.cli.options import Duration
from kubectl_kcp.cli.outcome import finish
from kubectl_kcp.cli.terminal import ALWAYS, AUTO, COLOUR, NEVER, program, reader, write_err, write_exactly, write_out
from kubectl_kcp.errors import BadInput, ExitCode, UsageError
from kubectl_kcp.render.text import failure_lines
from kubectl_kcp.render.view import CARRY_FAILURES, DOCUMENTS, EXPRESSIONS, JSONPATH, View, draw

Function = Callable[..., Any]
TABLES = ("table", "wide", "markdown", *DOCUMENTS)
"""The formats of a command that prints tables; the first is the one without ``-o``."""
TEXTS = ("text", *DOCUMENTS)
"""The formats of a command that prints sentences."""
FURTHER = "Or jsonpath=TEMPLATE, custom-columns=HEAD:PATH,... as kubectl's."
WATCHED = ("table", "wide")
SHORTEST = 1.0
"""Seconds between two looks."""


class Words(click.ParamType):  # type: ignore[type-arg,unused-ignore] # generic from click 8.2 on
    """A comma list of some of these words, to a tuple of them."""

    name = "words"

    def __init__(self, allowed: Collection[str]) -> None:
        self.allowed = tuple(allowed)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        chosen = tuple(w.strip() for w in str(value).split(",") if w.strip())
        unknown = [w for w in chosen if w not in self.allowed]
        if unknown or not chosen:
            what = f"{', '.join(map(repr, unknown))} is not one of" if unknown else "it needs one of"
            self.fail(f"{what} {', '.join(map(repr, self.allowed))}", param, ctx)
        return chosen

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        done, comma, last = incomplete.rpartition(",")
        return [CompletionItem(f"{done}{comma}{w}") for w in self.allowed if w.startswith(last)]


class Format(click.Choice):  # type: ignore[type-arg,unused-ignore] # generic from click 8.2 on
    """One of these words, or ``jsonpath=TEMPLATE`` or ``custom-columns=SPEC``, which are checked before anything is read."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not str(value).startswith(EXPRESSIONS):
            return super().convert(value, param, ctx)
        from kubectl_kcp.render.chosen import checked

        try:
            return checked(str(value))
        except BadInput as e:
            self.fail(str(e), param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(word) for word in (*map(str, self.choices), *EXPRESSIONS) if word.startswith(incomplete)]


class Watched(Protocol):
    """What is looked at again and again."""

    @property
    def live(self) -> bool:
        """Whether a later look can differ from this one."""

    def now(self) -> datetime:
        """When a look was taken."""


class Output(Struct, frozen=True):
    """How the result is to be shown. ``fail_on`` holds words that were checked; ``interval`` is in seconds, between two looks."""

    format: str
    headers: bool = True
    fail_on: tuple[str, ...] = ()
    watching: bool = False
    interval: float = 0.0

    def show(self, view: View) -> int:
        """Prints one look. The exit code says what it found and what could not be read."""
        whose = reader()
        text = draw(view, self.format, whose, self.headers)
        if text or self.format.startswith(JSONPATH):
            if self.format.startswith(JSONPATH):
                write_exactly(text)
            else:
                write_out(text, whose.colours and self.format in WATCHED)
        elif view.nothing and not view.failures:
            write_err(view.nothing)
        code = finish(view.failures, view.alarm, say=self.format not in CARRY_FAILURES or not text)
        return view.outcome or code

    def run(self, look: Callable[[], View], source: Watched) -> int:
        """One look, or with ``--watch`` look after look, until Ctrl-C or until what ``--fail-on`` asked for is there."""
        if not self.watching:
            return self.show(look())
        from kubectl_kcp.cli.watch import Sight, watch

        if not source.live:
            raise UsageError("--watch needs a cluster: a bundle does not change", "leave --bundle out")
        alarm = False

        def sight() -> Sight:
            nonlocal alarm
            view = look()
            alarm = view.alarm
            return Sight(lambda columns: self._drawn(view, columns), last=alarm)

        watch(sight, self.interval, source.now)
        return ExitCode.FINDINGS if alarm else ExitCode.OK

    def _drawn(self, view: View, columns: int) -> str:
        warnings = failure_lines(view.failures, program(), columns=columns)
        shown = draw(view, self.format, reader(columns), self.headers) or (view.nothing if not warnings else "")
        return "\n".join([*([shown] if shown else []), *warnings])


def output_options(
    *formats: str,
    fail_on: Collection[str] = (),
    watch: bool = False,
    interval: str | None = None,
    tables: bool = True,
    what: str = "How to print it.",
) -> Callable[[Function], Function]:
    """Adds ``-o`` with these formats, and ``--no-headers`` where one of them is a table; the command gets ``out: Output``.

    ``tables`` is False where ``table`` is but a name for sentences. ``fail_on``: the words of ``--fail-on``. ``watch`` adds
    ``--watch``, and ``--interval`` where ``interval`` gives its default.
    """
    made = _options(formats, fail_on, watch, interval, what)
    if tables and "table" in formats:
        made.append(click.option("--no-headers", is_flag=True, help="No column heads, and nothing below the table."))

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            output, headers = kwargs.pop("output"), not kwargs.pop("no_headers", False)
            words = tuple(w for given in kwargs.pop("fail_on_words", ()) for w in given)
            watching = kwargs.pop("watching", False)
            between = kwargs.pop("interval", None)
            if watching and output not in WATCHED:
                raise UsageError("--watch prints tables: -o table or -o wide")
            seconds = 0.0 if between is None else max(between, SHORTEST)
            return function(*args, out=Output(output, headers, words, watching, seconds), **kwargs)

        with_options: Function = wrapper
        for option in reversed(made):
            with_options = option(with_options)
        return with_options

    return decorate


def _keep_colour(context: click.Context, option: click.Parameter, value: str) -> None:
    context.meta[COLOUR] = value


colour_option = click.option(
    "--color",
    type=click.Choice((AUTO, ALWAYS, NEVER)),
    default=AUTO,
    show_default=True,
    expose_value=False,
    callback=_keep_colour,
    help="Colour states: on a terminal, always, or never. NO_COLOR is heeded.",
)


def _options(
    formats: Sequence[str], fail_on: Collection[str], watch: bool, interval: str | None, what: str
) -> list[Callable[[Function], Function]]:
    options: list[Callable[[Function], Function]] = [
        click.option("-o", "--output", type=Format(formats), default=formats[0], show_default=True, help=f"{what} {FURTHER}")
    ]
    if any(f in formats for f in WATCHED):
        options.append(colour_option)
    if fail_on:
        text = f"Exit 1 where there is any: {', '.join(fail_on)}."
        options.append(click.option("--fail-on", "fail_on_words", multiple=True, type=Words(fail_on), metavar="WHAT", help=text))
    if watch:
        text = "Look again and again; Ctrl-C ends" + (", and so does what --fail-on asks for." if fail_on else ".")
        options.append(click.option("-w", "--watch", "watching", is_flag=True, help=text))
    if interval is not None:
        options.append(
            click.option("--interval", type=Duration(), default=interval, show_default=True, help="Time between two looks of --watch.")
        )
    return options

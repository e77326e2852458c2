"""A group that is a command itself: ``bundle FILE`` beside ``bundle inspect``."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from kubectl_kcp.cli.main import LazyGroup


class DefaultGroup(LazyGroup):
    """Where the first word is the name of one of ``lazy``, that one runs; else ``own``, ``module:attribute``."""

    def __init__(self, *args: object, own: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._own = own

    @property
    def own_command(self) -> click.Command:
        module, _, attribute = self._own.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any) -> click.Context:
        if args and args[0] in self.lazy:
            return super().make_context(info_name, args, parent, **extra)
        return self.own_command.make_context(info_name, args, parent, **extra)


class OwnCommand(click.Command):
    """Its help names the group's commands, which stand under ``title``."""

    def __init__(self, *args: Any, title: str, commands: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._title, self._commands = title, commands

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        with formatter.section(self._title):
            formatter.write_dl([(name, text) for name, (_, text) in self._commands.items()])

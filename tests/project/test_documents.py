"""Documents hold what they claim: README's and docs' examples print what stands there, every command has its page."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.core import ParameterSource

from kubectl_kcp.cli.default_group import DefaultGroup
from kubectl_kcp.cli.main import LazyGroup, root
from kubectl_kcp.cli.options import Duration
from kubectl_kcp.cli.output import Words

ROOT = Path(__file__).parents[2]
CONSOLE = re.compile(r"```console\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)```\n", re.DOTALL)
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "observability").glob("*.md")])


def prints(command: str) -> str:
    """Stdout and, after it, stderr of an example, as in a pipe."""
    words = shlex.split(command)
    assert words[:2] == ["kubectl", "kcp"], f"an example that is not ours: {command}"
    environment = {**os.environ, "COLUMNS": "100", "KUBECONFIG": os.devnull}
    done = subprocess.run(
        [sys.executable, "-m", "kubectl_kcp", *words[2:]], capture_output=True, text=True, cwd=ROOT, env=environment, timeout=60
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_examples_print_what_stands_there(path: Path, request: pytest.FixtureRequest) -> None:
    text = path.read_text(encoding="utf-8")
    shown = CONSOLE.sub(lambda m: f"```console\n$ {m['command']}\n{prints(m['command'])}```\n", text)
    if shown != text and request.config.getoption("--update"):
        path.write_text(shown, encoding="utf-8")
    assert shown == text, f"{path.name}: an example prints something else now: run with --update and look"


def commands(group: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(group, LazyGroup):
        return [(path, group)]
    context = click.Context(group)
    found = [] if not path else [(path, group.own_command if isinstance(group, DefaultGroup) else group)]
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found += [f for f in commands(command, (*path, name)) if f not in found]
    return found


ALL = commands(root)


@pytest.mark.parametrize(("path", "command"), ALL, ids=lambda v: "-".join(v) if isinstance(v, tuple) else "")
def test_every_command_and_option_has_its_help(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help, path
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help or parameter.name in ("output", "sort_by"), f"{path}: {parameter.name}"


@pytest.mark.parametrize(("path", "command"), ALL, ids=lambda v: "-".join(v) if isinstance(v, tuple) else "")
def test_every_command_has_a_page_that_names_its_options(path: tuple[str, ...], command: click.Command) -> None:
    if isinstance(command, LazyGroup):
        return
    page = ROOT / "docs/commands" / ("-".join(path) + ".md")
    assert page.exists(), f"docs/commands/{page.name} is missing"
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# kubectl kcp {' '.join(path)}\n")
    from kubectl_kcp.cli.options import DIAGNOSTICS_OPTIONS, MANY_BUNDLES, MANY_CONTEXTS, SOURCE_OPTIONS
    from kubectl_kcp.cli.output import colour_option

    shared = {
        name
        for decorate in (*SOURCE_OPTIONS, *DIAGNOSTICS_OPTIONS, *MANY_CONTEXTS, *MANY_BUNDLES, colour_option)
        for name in _names(decorate)
    }
    own = [p for p in command.params if isinstance(p, click.Option) and p.name not in shared]
    missing = [p.opts[-1] for p in own if f"`{p.opts[-1]}" not in text]
    assert not missing, f"{page.name} does not name {missing}"


def _names(decorate: object) -> list[str]:
    function = decorate(lambda: None)  # type: ignore[operator]
    return [o.name for o in function.__click_params__]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


@pytest.mark.parametrize(("path", "command"), ALL, ids=lambda v: "-".join(v) if isinstance(v, tuple) else "")
def test_a_page_names_no_option_that_is_not_there_and_every_word_of_fail_on(path: tuple[str, ...], command: click.Command) -> None:
    if isinstance(command, LazyGroup):
        return
    text = (ROOT / "docs/commands" / ("-".join(path) + ".md")).read_text(encoding="utf-8")
    there = {word for p in command.params for word in (*p.opts, *p.secondary_opts)} | {"--help", "-h"}
    for cell in re.findall(r"^\| (`-[^|]*) \|", text, re.MULTILINE):
        for word in re.findall(r"`(--?[a-z][\w-]*)", cell):
            assert word in there, f"{path}: {word}"
    for parameter in command.params:
        if parameter.name == "fail_on":
            missing = [w for w in getattr(parameter.type, "allowed", ()) if f"`{w}`" not in text]
            assert not missing, f"{path}: --fail-on {missing}"


def test_options_that_commands_share_are_on_their_pages() -> None:
    from kubectl_kcp.cli.options import DIAGNOSTICS_OPTIONS, MANY_BUNDLES, MANY_CONTEXTS, SOURCE_OPTIONS
    from kubectl_kcp.cli.output import colour_option

    text = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("commands/options.md", "fleets.md"))
    for decorate in (*SOURCE_OPTIONS, *DIAGNOSTICS_OPTIONS, *MANY_CONTEXTS, *MANY_BUNDLES, colour_option):
        function = decorate(lambda: None)  # type: ignore[operator]
        for option in function.__click_params__:
            assert any(f"`{word}" in text for word in option.opts), option.opts


def test_exit_codes_are_those_of_the_page_and_of_no_other_meaning() -> None:
    from kubectl_kcp.errors import ExitCode

    codes = {str(code.value) for code in ExitCode}
    page = (ROOT / "docs/exit-codes.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| (\d+) \|", page, re.MULTILINE)) == codes
    for path in (ROOT / "docs/commands").glob("*.md"):
        _, _, told = path.read_text(encoding="utf-8").partition("## Exit codes\n")
        named = re.findall(r"(?:^|· )(\d+) ", told.partition("\n## ")[0].replace("\n", " ").strip(), re.MULTILINE)
        assert set(named) <= codes, f"{path.name}: {named}"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"\[Exit codes\]\(docs/exit-codes.md\): (.*?)\.\n", readme, re.DOTALL)
    assert set(re.findall(r"\b(\d+) ", listed)) == codes


def values(kind: click.ParamType) -> list[list[str]]:
    """Words that this kind of option takes, none of them a default."""
    if isinstance(kind, click.Tuple):
        return [[word for part in kind.types for word in values(part)[0]]]
    if isinstance(kind, click.Choice):
        return [[str(choice)] for choice in kind.choices]
    if isinstance(kind, Words):
        return [[word] for word in kind.allowed]
    if isinstance(kind, click.FloatRange):
        return [[f"{kind.max or 7}"]]
    if isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        return [["7"]]
    return [["9s" if isinstance(kind, Duration) else "a"]]


def typed(option: click.Option) -> list[list[str]]:
    """Ways to type it."""
    names = [*option.opts, *option.secondary_opts]
    return [[name, *words] for name in names for words in ([[]] if option.is_flag else values(option.type))]


@pytest.mark.parametrize(("path", "command"), ALL, ids=lambda v: "-".join(v) if isinstance(v, tuple) else "")
def test_every_option_is_taken_in_every_way_to_type_it(path: tuple[str, ...], command: click.Command) -> None:
    needed = [(p, ["3"] * max(1, p.nargs) if isinstance(p, click.Argument) else typed(p)[0]) for p in command.params if p.required]
    for option in command.params:
        if isinstance(option, click.Option) and option.expose_value:
            others = [word for parameter, words in needed if parameter is not option for word in words]
            for words in typed(option):
                context = command.make_context(path[-1], [*words, *others])
                assert context.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE, words

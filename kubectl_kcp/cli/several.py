"""Several management clusters looked at at once: contexts of the kubeconfig, or bundles in a folder. Each fails alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from kubectl_kcp.cli.asking import confirm
from kubectl_kcp.cli.looking import Look, Prepare
from kubectl_kcp.cli.options import Many, SourceOptions, open_source
from kubectl_kcp.cli.terminal import reader
from kubectl_kcp.errors import KcpError, NotFound, Timeout, UsageError
from kubectl_kcp.gather.inventory import ClusterNotFound
from kubectl_kcp.machine.open_files import allow_many
from kubectl_kcp.machine.parallel import Progress, Unanswered, in_parallel
from kubectl_kcp.model.reference import CONTEXT, Failure, Subject, few
from kubectl_kcp.render.beside import JOINERS, Side, beside, side
from kubectl_kcp.render.text import Reader, counted
from kubectl_kcp.render.view import ALL_COLUMNS, View, of_document
from kubectl_kcp.sources.interface import Source

CONTEXTS_AT_ONCE = 32
"""They are waited for more than worked on: with ``top`` and ``doctor`` each has a window that has to pass."""
BUNDLES_AT_ONCE = 2
"""Reading them is work, not waiting."""
JOINED = ("table", *ALL_COLUMNS, "name", *JOINERS)
ARCHIVES = (".tar.gz", ".tgz", ".tar.xz")
TOLD = 20
"""Names in a question."""


@dataclass
class Member:
    """One management cluster. ``options`` lead a command line to it. A live one's Look is kept for the next: it may know the last."""

    name: str
    open: Callable[[], AbstractContextManager[Source]]
    options: str = ""
    live: bool = True
    _kept: tuple[Source, Look] | None = field(default=None, init=False)
    _busy: threading.Lock = field(default_factory=threading.Lock, init=False)

    def look(self, prepare: Prepare) -> View:
        if not self._busy.acquire(blocking=False):
            raise Timeout("it has not answered the last look yet")
        try:
            if self._kept is not None:
                return _taken(*self._kept)
            with self.open() as source:
                look = prepare(source)
                if self.live:  # nothing is closed at the end
                    self._kept = source, look
                return _taken(source, look)
        finally:
            self._busy.release()


def _taken(source: Source, look: Look) -> View:
    """One look. No connection stays open after it: those of hundreds of API servers are more than a process may have."""
    try:
        return look(_silent)
    finally:
        if source.cluster is not None:
            source.cluster.api.release()


def _silent(step: str, done: float | None) -> None:
    """The progress of one among many."""


class Several:
    """Looks at all of them, as ``cli.output.Watched``."""

    def __init__(self, options: SourceOptions, many: Many, shown_as: str, prepare: Prepare) -> None:
        """Asks about ``--all-contexts``. Raises UsageError, NotFound, BadInput, Refused."""
        if shown_as not in JOINED and not of_document(shown_as):
            raise UsageError(f"-o {shown_as} shows one management cluster", "--context chooses one, --bundle one bundle")
        self._members = bundles(options, many.bundles) if many.bundles is not None else contexts(options, many)
        allow_many()
        self._prepare, self._shown_as, self._deadline = prepare, shown_as, many.deadline
        self.live = many.bundles is None

    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def look(self, show: Progress) -> View:
        """One view of all. What is wrong with the command line is raised, whatever else fails is one management cluster's."""
        whose = reader()  # who reads is known to this thread only
        noun, at_once = ("context", CONTEXTS_AT_ONCE) if self.live else ("bundle", BUNDLES_AT_ONCE)
        found: dict[str, Side] = {}
        lost: list[Failure] = []
        without: list[Failure] = []
        asked = in_parallel(
            self._members, lambda m: self._side(m, whose), "answers", show, noun=noun, at_once=at_once, within=self._deadline
        )
        for member, outcome in asked:
            if isinstance(outcome, Side):
                found[member.name] = outcome
            elif isinstance(outcome, UsageError):
                raise outcome
            else:
                (without if isinstance(outcome, ClusterNotFound) else lost).append(_lost(member, outcome, self._deadline))
        if not found:  # the CLUSTER that was named is in none of them
            lost += without
        else:
            found |= {f.context: Side(f.context, order=()) for f in without}
        names = [m.name for m in self._members]
        lost.sort(key=lambda f: names.index(f.context))
        return beside([found[name] for name in names if name in found], lost, self._shown_as)

    def _side(self, member: Member, whose: Reader) -> Side:
        return side(member.name, member.look(self._prepare), self._shown_as, whose, member.options)


def _lost(member: Member, error: KcpError, deadline: float) -> Failure:
    subject = Subject(CONTEXT, name=member.name)
    if isinstance(error, Unanswered):
        error = Timeout(f"no answer within the {deadline:g} s that all have together", "--deadline gives them longer")
    return replace(Failure.of(subject, error), context=member.name, hint=error.hint.led(member.options))


def contexts(options: SourceOptions, many: Many) -> list[Member]:
    """Of a kubeconfig that is read once: its credential plugins are shared."""
    from kubectl_kcp.kube.kubeconfig import Kubeconfig, Login, Wanted

    config = Kubeconfig(options.kubeconfig)
    if many.all_contexts:
        chosen: Sequence[str] = config.contexts
        if not chosen:
            raise NotFound("the kubeconfig has no contexts")
        question = f"Look at {counted(len(chosen), 'management cluster')}: {few(chosen, TOLD)}?"
        confirm(question, many.yes, "nothing was looked at")
    else:
        chosen = _matching(config.contexts, many.contexts)

    def find(wanted: Wanted) -> Login:
        try:
            return config.login(wanted)
        except UsageError as e:  # of this context, not of the command line
            raise NotFound(str(e), e.hint) from None

    def opened(name: str) -> AbstractContextManager[Source]:
        return open_source(replace(options, context=name, many=None), find)

    return [Member(name, partial(opened, name), replace(options, context=name).led) for name in chosen]


def _matching(names: Sequence[str], globs: Sequence[str]) -> list[str]:
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in names):
            raise UsageError(f"no context matches --contexts {glob}", f"there are: {', '.join(names) or 'none'}")
    return [name for name in names if any(fnmatchcase(name, glob) for glob in globs)]


def bundles(options: SourceOptions, folder: str) -> list[Member]:
    """By the names of their files, without the ending where that is enough to tell them apart."""
    try:
        paths = sorted(p for p in Path(folder).iterdir() if _is_bundle(p))
    except OSError as e:
        raise NotFound(f"--bundles {folder}: {e.strerror}") from None
    if not paths:
        raise NotFound(
            f"--bundles {folder}: there is no bundle in it",
            f"a bundle is a folder with a captured-at.txt, or a file *{', *'.join(ARCHIVES)}",
        )
    short = [_short(p) for p in paths]
    return [
        Member(
            name if short.count(name) == 1 else path.name, partial(open_source, replace(options, bundle=str(path), many=None)), live=False
        )
        for path, name in zip(paths, short, strict=True)
    ]


def _is_bundle(path: Path) -> bool:
    return path.name.endswith(ARCHIVES) if path.is_file() else (path / "captured-at.txt").is_file()


def _short(path: Path) -> str:
    return next((path.name.removesuffix(end) for end in ARCHIVES if path.name.endswith(end) and path.is_file()), path.name)

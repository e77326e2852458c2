"""``profile --from``: profiles that Parca or Pyroscope has kept."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from kubectl_kcp.cli.options import Duration, SourceOptions, open_source
from kubectl_kcp.cli.profile_options import Shown
from kubectl_kcp.errors import UsageError

if TYPE_CHECKING:
    from kubectl_kcp.gather.history import Span
    from kubectl_kcp.model.history import Target
    from kubectl_kcp.model.profile_report import Profiles
    from kubectl_kcp.model.version import Version
    from kubectl_kcp.sources.profile_store import ProfileStore

Function = Callable[..., Any]
STORES = ("parca", "pyroscope")
LOOK_BACK = 900.0
"""Seconds that are merged without ``--since``."""

OPTIONS = (
    click.option(
        "--from", "kept_by", nargs=2, type=(click.Choice(STORES), str), metavar="STORE URL", help="What parca or pyroscope at URL has kept."
    ),
    click.option("--since", "since", type=Duration(), metavar="DURATION", help="With --from: the time that is looked at (15m)."),
    click.option("--at", "at", metavar="TIME", help="With --from: its end (RFC 3339), instead of now."),
    click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="With --from: send it; may be repeated."),
    click.option(
        "--match", "match", multiple=True, metavar="WHICH", help='With --from: job="NAME"; or a label: pod=LABEL, provider=LABEL.'
    ),
    click.option("--version-of", "version", metavar="VERSION", help="With --from: the version of Cluster API that ran."),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """As typed. ``kept_by`` is the kind of store and its URL; ``since`` is in seconds."""

    kept_by: tuple[str, str] | None = None
    since: float | None = None
    at: str | None = None
    headers: tuple[str, ...] = field(default=(), repr=False)
    match: tuple[str, ...] = ()
    version: str | None = None

    @property
    def asked(self) -> bool:
        """Whether a store is meant. Raises UsageError for options that want one."""
        if self.kept_by is not None:
            return True
        given = {"--since": self.since, "--at": self.at, "--header": self.headers or None, "--match": self.match or None}
        given |= {"--version-of": self.version}
        if named := [name for name, value in given.items() if value is not None]:
            raise UsageError(f"{', '.join(named)}: only with --from", "as in --from parca URL, or --from pyroscope URL")
        return False


def kept_options(function: Function) -> Function:
    """Adds the options; the command gets ``kept: Kept``."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        given = {f.name: kwargs.pop(f.name) for f in fields(Kept)}
        return function(*args, kept=Kept(**given), **kwargs)

    for option in reversed(OPTIONS):
        wrapper = option(wrapper)
    return wrapper


def from_store(
    kept: Kept, source_from: SourceOptions, kind: str | None, controllers: tuple[str, ...], ca_file: str | None, shown: Shown
) -> tuple[Profiles, str | None]:
    """What the store has, and the baseline where it is a file: a time, or how much earlier, is compared with here. Raises UsageError."""
    from kubectl_kcp.cli.progress import progress
    from kubectl_kcp.cli.store import check_since, match_of, time_of
    from kubectl_kcp.gather.baseline import against_bundle
    from kubectl_kcp.gather.history import Span
    from kubectl_kcp.gather.profile_store import gather_stored
    from kubectl_kcp.sources.interface import ProfileKind

    end = time_of(kept.at, "--at") if kept.at else datetime.now(timezone.utc)
    span = Span(kept.since if kept.since is not None else LOOK_BACK, end)
    check_since(span.since)
    wanted, match = ProfileKind(kind or "cpu"), match_of(kept.match)
    store = _store(kept, source_from, ca_file)
    versions = _versions(kept, source_from)
    with progress(source_from.quiet) as show:
        found = gather_stored(store, wanted, span, match, controllers, versions, show)
        baseline = shown.baseline
        if baseline is None or not _is_time(baseline):
            return found, baseline
        earlier = gather_stored(store, wanted, _earlier(span, baseline), match, controllers, versions, show)
    return against_bundle(found, earlier, shown.normalize), None


def _is_time(baseline: str) -> bool:
    """A time, or how much earlier; anything else is a file."""
    from kubectl_kcp.kube.times import parse_time

    return _duration(baseline) is not None or parse_time(baseline) is not None


def _duration(words: str) -> float | None:
    try:
        return Duration().convert(words, None, None)
    except click.UsageError:
        return None


def _earlier(span: Span, baseline: str) -> Span:
    from kubectl_kcp.cli.store import check_since, time_of

    before = _duration(baseline)
    if before is not None:
        check_since(before)
    end = span.end - timedelta(seconds=before) if before is not None else time_of(baseline, "--baseline")
    return replace(span, end=end)


def _store(kept: Kept, source_from: SourceOptions, ca_file: str | None) -> ProfileStore:
    from kubectl_kcp.cli.store import sent
    from kubectl_kcp.sources.store import Address, checked

    assert kept.kept_by is not None
    which, url = kept.kept_by
    headers = sent(kept.headers, source_from.token_file, "--token-file")
    address = checked(Address(url, headers, ca_file, source_from.request_timeout), "--from")
    if which == "parca":
        from kubectl_kcp.sources.parca import Parca

        return Parca(address)
    from kubectl_kcp.sources.pyroscope import Pyroscope

    return Pyroscope(address)


def _versions(kept: Kept, source_from: SourceOptions) -> Callable[[Target], Version | None]:
    """What ``--version-of`` says of Cluster API's own controllers; else what the cluster or the bundle that was named says of a Pod of
    the same name, whose version cannot have changed."""
    from kubectl_kcp.gather.inventory import gather_controllers
    from kubectl_kcp.knowledge.providers import RELEASED_TOGETHER
    from kubectl_kcp.model.version import Version

    if kept.version is not None:
        said = Version.parse(kept.version)
        if said is None:
            raise UsageError(f"--version-of {kept.version}: not a version", "write v1.14.2")
        return lambda target: said if target.provider in RELEASED_TOGETHER else None
    if all(named is None for named in (source_from.context, source_from.kubeconfig, source_from.bundle)):
        return lambda target: None
    with open_source(source_from) as source:
        versions = {pod.ref: c.version for c in gather_controllers(source).items for pod in c.pods}
    return lambda target: versions.get(target.ref)

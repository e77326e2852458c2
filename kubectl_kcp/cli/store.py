"""Options that lead to a store of metrics, and the time that is asked of it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace  # noqa: TID251 - of a dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import click

from kubectl_kcp.cli.options import Duration, SourceOptions, open_cluster
from kubectl_kcp.errors import UsageError

if TYPE_CHECKING:
    from kubectl_kcp.gather.history import Span
    from kubectl_kcp.gather.targets import Match
    from kubectl_kcp.model.history import History
    from kubectl_kcp.sources.prometheus import Prometheus
    from kubectl_kcp.sources.store import Address

Function = Callable[..., Any]
ROLES = ("pod", "namespace", "provider")
ERA = (1980, 9000)
"""Years that are looked at."""
LONGEST = 366 * 86400.0
"""Seconds."""

OPTIONS = (
    click.option("--since", "since", type=Duration(), metavar="DURATION", help="Also read this much time from a store of metrics, as 2h."),
    click.option("--at", "at", metavar="TIME", help="With --since: the end of that time (RFC 3339), instead of now."),
    click.option("--prometheus", "url", metavar="URL", help="The store: Prometheus, or Thanos, Mimir, VictoriaMetrics by its API."),
    click.option(
        "--prometheus-service", "service", metavar="NS/NAME:PORT", help="The same by its Service in the cluster, over a port-forward."
    ),
    click.option("--prometheus-token-file", "store_token", metavar="PATH", help="Ask the store with the bearer token in this file."),
    click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="Send it to the store; may be repeated."),
    click.option(
        "--match", "match", multiple=True, metavar="WHICH", help='Which series: job="NAME"; or a label: pod=LABEL, provider=LABEL.'
    ),
)
CA_FILE = click.option("--ca-file", "ca_file", metavar="PATH", help="The CA that the store's certificate is verified with.")


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """As typed; ``since`` is in seconds."""

    since: float | None = None
    at: str | None = None
    url: str | None = None
    service: str | None = None
    store_token: str | None = None
    headers: tuple[str, ...] = field(default=(), repr=False)
    ca_file: str | None = None
    match: tuple[str, ...] = ()

    @property
    def asked(self) -> bool:
        """Whether a store is meant. Raises UsageError where only a half of it was said."""
        given = {
            "--prometheus": self.url, "--prometheus-service": self.service, "--at": self.at, "--prometheus-token-file": self.store_token,
            "--header": self.headers or None, "--ca-file": self.ca_file, "--match": self.match or None,
        }  # fmt: skip
        if self.url is not None and self.service is not None:
            raise UsageError("--prometheus and --prometheus-service exclude each other")
        if self.since is None:
            if named := [name for name, value in given.items() if value is not None]:
                raise UsageError(f"{', '.join(named)}: only with --since", "--since 2h says how long to look back")
            return False
        if self.url is None and self.service is None:
            raise UsageError("--since needs a store of metrics", "--prometheus URL, or --prometheus-service NS/NAME:PORT, names it")
        check_since(self.since)
        return True


def check_since(seconds: float) -> None:
    """Raises UsageError."""
    if not 0 < seconds <= LONGEST:
        raise UsageError(f"--since {seconds:g}s: it must be longer than 0, and a year at most", "as in --since 2h")


def store_options(function: Function) -> Function:
    """Adds the options; the command gets ``store: StoreOptions``."""
    names = tuple(f.name for f in fields(StoreOptions))

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        given = {n: kwargs.pop(n) for n in names if n in kwargs}
        return function(*args, store=StoreOptions(**given), **kwargs)

    for option in reversed((*OPTIONS, CA_FILE)):
        wrapper = option(wrapper)
    return wrapper


def span(options: StoreOptions, now: datetime) -> Span:
    from kubectl_kcp.gather.history import Span

    assert options.since is not None
    return Span(options.since, time_of(options.at, "--at") if options.at else now)


def time_of(words: str, option: str) -> datetime:
    """Raises UsageError."""
    from kubectl_kcp.kube.times import parse_time

    at = parse_time(words)
    if at is None or not ERA[0] <= at.year <= ERA[1]:
        raise UsageError(f"{option} {words}: not a time", "as in 2026-11-27T01:30:00Z")
    return at.astimezone(timezone.utc)


def match_of(words: tuple[str, ...]) -> Match:
    """``job="x"`` is a matcher of PromQL, ``pod=LABEL`` says which label names the Pod. Raises UsageError."""
    from kubectl_kcp.gather.targets import Match

    matchers, labels = [], {}
    for word in words:
        name, equals, value = word.partition("=")
        if '"' in word:
            matchers.append(word.strip().removeprefix("{").removesuffix("}"))
        elif equals and name in ROLES and value.isidentifier():
            labels[name] = value
        else:
            raise UsageError(
                f"--match {word}: neither a matcher nor a label",
                "--match 'job=\"NAME\"' chooses series (its value in double quotes); --match pod=LABEL, namespace=LABEL or provider=LABEL "
                "says which label tells it",
            )
    return Match(tuple(matchers), labels)


def sent(headers: tuple[str, ...], token_file: str | None, option: str = "--prometheus-token-file") -> dict[str, str]:
    """``option`` gave the token file. Raises UsageError; it never shows a value."""
    made: dict[str, str] = {}
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon or not name.strip() or not header.isprintable():
            raise UsageError("--header must be 'NAME: VALUE'", "as in --header 'X-Scope-OrgID: team-a'")
        made[name.strip()] = value.strip()
    if token_file is not None:
        from kubectl_kcp.sources.token_file import read_token

        made["Authorization"] = f"Bearer {read_token(token_file, option)}"
    return made


def past(options: StoreOptions, source_from: SourceOptions, connections_only: bool = False) -> Callable[[datetime], History] | None:
    """How to ask the store for the time up to a moment, beside a look at the cluster; None where none is meant. Raises UsageError."""
    if not options.asked:
        return None
    if source_from.many is not None:
        raise UsageError("--since looks at one management cluster: not with --contexts or --bundles")
    from kubectl_kcp.gather.history import gather_history
    from kubectl_kcp.knowledge.figures import FIGURES

    match = match_of(options.match)

    def ask(now: datetime) -> History:
        with open_store(options, source_from) as prometheus:
            return gather_history(prometheus, span(options, now), match, figures=() if connections_only else FIGURES)

    return ask


@contextmanager
def open_store(options: StoreOptions, source_from: SourceOptions) -> Iterator[Prometheus]:
    """Raises UsageError, BadInput; over a Service also what keeps the port-forward from its Pod."""
    from kubectl_kcp.sources.prometheus import Prometheus
    from kubectl_kcp.sources.store import Address, checked

    address = Address(options.url or "", sent(options.headers, options.store_token), options.ca_file, source_from.request_timeout)
    if options.url is not None:
        yield Prometheus(checked(address, "--prometheus"))
        return
    with _service(options.service or "", address, source_from) as found:
        yield Prometheus(found)


@contextmanager
def _service(words: str, address: Address, source_from: SourceOptions) -> Iterator[Address]:
    from kubectl_kcp.gather.service import ServicePort, reached

    service = ServicePort.parse(words, "--prometheus-service")
    with open_cluster(source_from, "a bundle leads to no Service") as cluster, reached(cluster.api, service) as url:
        yield replace(address, url=url, server_name=f"{service.name}.{service.namespace}.svc", name=str(service))

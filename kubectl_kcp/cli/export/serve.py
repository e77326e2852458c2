"""``export``: looks again and again, and serves the last look."""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from types import FrameType

import click
from msgspec import Struct

from kubectl_kcp.cli.certs.common import within_option
from kubectl_kcp.cli.default_group import OwnCommand
from kubectl_kcp.cli.export import COMMANDS
from kubectl_kcp.cli.options import Duration, SourceOptions, Where, open_cluster, scope_options, source_options
from kubectl_kcp.cli.outcome import finish
from kubectl_kcp.cli.terminal import program, write_err, write_out
from kubectl_kcp.errors import ExitCode, FailureKind, KcpError, Unreachable, UsageError
from kubectl_kcp.gather.estate import Wanted, gather_estate
from kubectl_kcp.gather.watches import Watches
from kubectl_kcp.machine.http_server import Page, serving
from kubectl_kcp.machine.repeated import Repeated, Taken
from kubectl_kcp.model.reference import Failure
from kubectl_kcp.printable import one_line
from kubectl_kcp.render.exporter import Health, Own, look_page
from kubectl_kcp.render.text import failure_lines
from kubectl_kcp.sources.pushgateway import gateway, push

LISTEN = "127.0.0.1:9595"
LATE = 3
"""Intervals without a success after which it is not ready."""
FOLLOW = 90.0
"""Seconds from a look that a change has brought to the next: a new leader waits for a minute before it takes the Lease, which no watch
tells, and a controller's log and figures follow its work."""
AWAY = (FailureKind.UNREACHABLE, FailureKind.TIMEOUT)
STUCK = 600.0
"""Seconds in one look after which it counts as dead: every request in it has a deadline of its own."""


@click.command("export", cls=OwnCommand, title="Further commands", commands=COMMANDS)
@click.option("--listen", default=LISTEN, show_default=True, metavar="[HOST]:PORT", help="Where /metrics, /healthz and /readyz are served.")
@click.option("--interval", type=Duration(), default="5m", show_default=True, help="Time between two looks where nothing changes.")
@click.option("--least", type=Duration(), default="20s", show_default=True, help="Time between two looks at least, when something changes.")
@click.option("--window", type=Duration(), default="5s", show_default=True, help="Time between the two metrics pages that rates come from.")
@click.option("--once", is_flag=True, help="Look once, print the page and end: for a textfile collector or a job that pushes.")
@click.option("--push", "push_to", metavar="URL", help="With --once: send it to this group of a Pushgateway, and print nothing.")
@within_option
@scope_options()
@source_options(diagnostics=True, secrets=True)
def serve(
    listen: str,
    interval: float,
    least: float,
    window: float,
    once: bool,
    push_to: str | None,
    within: timedelta | None,
    where: Where,
    source_from: SourceOptions,
) -> int:
    """Serve certificates' ends, credential states and doctor's findings as metrics, for Prometheus.

    What is served is the last look. It is taken again when an object of Cluster API or a Secret changes, which a watch tells, and after
    the interval. SIGTERM and Ctrl-C end it. Controllers' profiles are left to doctor.
    """
    host, port = _address(listen)
    if push_to and not once:
        raise UsageError("--push: only with --once", "without --once metrics are served, and Prometheus fetches them")
    with open_cluster(source_from, "a bundle does not change: certs status and doctor have -o openmetrics") as source:
        scope = where.scope(source)

        def look() -> Seen:
            from kubectl_kcp.findings.diagnose import Choice, diagnose

            source.api.answered = False  # so that one that is away now fails the look, and no empty page takes the last one's place
            estate = gather_estate(source, Wanted(scope, window, within, profiles=False))
            _whole(estate.failures)
            seen = Seen(look_page(estate, diagnose(estate, Choice())), estate.failures)
            del estate
            gc.collect()  # what is left of a look goes before the next: main() lets garbage lie for the sake of one
            return seen

        own = Own()
        if once:
            gateway_address = gateway(push_to, source_from.request_timeout) if push_to else None
            own.health, seen = Health(1, 0, time.time(), None), look()
            if gateway_address is not None:
                text, content_type = own.after("text/plain")
                push(gateway_address, seen.page + text, content_type)
            else:
                write_out((seen.page + own.after("application/openmetrics-text")[0]).decode().rstrip("\n"))
            return finish(seen.failures)
        repeated = Repeated(look, interval, min(least, interval), KcpError, FOLLOW)
        watches = Watches(source.api, scope, repeated.changed)
        return _serve(host, port, repeated, watches, own, source_from.quiet)


def _address(listen: str) -> tuple[str, int]:
    """Raises UsageError."""
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise UsageError(f"--listen {listen}: write HOST:PORT, or :PORT for all addresses of this machine")
    return host.strip("[]"), int(port)


class Seen(Struct, frozen=True):
    """What a look has made: its part of the page, and what it could not read."""

    page: bytes
    failures: tuple[Failure, ...]


def _whole(failures: Sequence[Failure]) -> None:
    """Raises Unreachable where the API server went away amid a look: half a look must not take the last one's place."""
    for failure in failures:
        if failure.kind in AWAY and not failure.subject.name and not failure.subject.part:
            raise Unreachable(f"{failure.subject}: {failure.reason}")


def _serve(host: str, port: int, repeated: Repeated[Seen], watches: Watches, own: Own, quiet: bool) -> int:
    over = threading.Event()
    served = Served(repeated, watches, own)
    pages = {"/metrics": served.metrics, "/healthz": served.healthy, "/readyz": served.ready}
    try:
        with _terminated(over), serving(host, port, pages) as bound:
            if not quiet:
                write_err(f"serving http://{host or '0.0.0.0'}:{bound}/metrics")  # noqa: S104 - said, not bound
            watches.start(over)
            threading.Thread(target=repeated.run, args=(over,), daemon=True).start()
            told: tuple[str, ...] = ()
            while not over.wait(0.2):
                told = _tell(repeated, told)
    except OSError as e:
        raise UsageError(f"--listen {host}:{port}: {e.strerror or e}", "another port, or end what listens there") from None
    return ExitCode.OK


def _tell(repeated: Repeated[Seen], told: tuple[str, ...]) -> tuple[str, ...]:
    """What cannot be read is said once, and again when it has changed."""
    lines = tuple(failure_lines(repeated.latest.value.failures, program())) if repeated.latest else ()
    if repeated.failure is not None:
        lines = (f"warning: the look failed, the last one is served: {one_line(str(repeated.failure))}",)
    if lines != told:
        write_err("\n".join(lines) if lines else "everything can be read now")
    return lines


@contextmanager
def _terminated(over: threading.Event) -> Iterator[None]:
    """SIGTERM ends the process as it is meant to be ended, with 0."""

    def end(number: int, frame: FrameType | None) -> None:
        over.set()

    before: Callable[[int, FrameType | None], object] | int | None = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class Served:
    """The three pages."""

    def __init__(self, repeated: Repeated[Seen], watches: Watches, own: Own) -> None:
        self._repeated, self._watches, self._own = repeated, watches, own

    def metrics(self, accept: str) -> Page:
        latest = self._repeated.latest
        self._own.health = Health(
            self._repeated.looks,
            self._repeated.failures,
            None if latest is None else time.time() - (time.monotonic() - latest.begun),
            None if latest is None else latest.ended - latest.begun,
            self._watches.states(),
        )
        own, content_type = self._own.after(accept)
        return Page((latest.value.page if latest is not None else b"", own), content_type)

    def healthy(self, accept: str) -> Page:
        begun = self._repeated.begun
        if begun is not None and time.monotonic() - begun > STUCK:
            return Page((b"a look does not end\n",), status=HTTPStatus.SERVICE_UNAVAILABLE)
        return Page((b"ok\n",))

    def ready(self, accept: str) -> Page:
        latest: Taken[Seen] | None = self._repeated.latest
        if latest is None:
            return Page((b"not looked yet\n",), status=HTTPStatus.SERVICE_UNAVAILABLE)
        if time.monotonic() - latest.ended > LATE * self._repeated.interval:
            return Page((b"the last look is old\n",), status=HTTPStatus.SERVICE_UNAVAILABLE)
        return Page((b"ok\n",))

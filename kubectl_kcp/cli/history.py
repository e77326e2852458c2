"""``top --since``: the figures of a window, from a store of metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from statistics import median
from typing import Any

from kubectl_kcp.cli.options import SourceOptions
from kubectl_kcp.cli.store import StoreOptions, match_of, open_store, span
from kubectl_kcp.errors import UsageError
from kubectl_kcp.model.history import History, PodHistory
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.view import Parts, View


def _median(figure: str) -> Callable[[PodHistory], Any]:
    def key(pod: PodHistory) -> float:
        curve = pod.curve(figure)
        return -median(curve.known) if curve is not None and curve.known else 0.0

    return key


SORT: dict[str, Callable[[PodHistory], Any]] = {
    "cpu": _median("cpu"),
    "memory": _median("memory"),
    "reconciles": _median("reconciles"),
    "queue": _median("queue"),
    "name": lambda p: p.target.ref,
}


def refuse_beside(source_from: SourceOptions, local: bool, watching: bool) -> None:
    """Raises UsageError where what was typed means another look."""
    given = {"--local": local, "--watch": watching, "--bundle": source_from.bundle is not None}
    given |= {"--contexts or --bundles": source_from.many is not None}
    if names := [name for name, is_there in given.items() if is_there]:
        raise UsageError(f"--since and {', '.join(names)} exclude each other")


def look(store: StoreOptions, source_from: SourceOptions, controllers: Sequence[str], sort_by: str) -> View:
    from kubectl_kcp.cli.progress import progress
    from kubectl_kcp.gather.history import gather_history

    match = match_of(store.match)
    over = span(store, datetime.now(timezone.utc))
    with open_store(store, source_from) as prometheus, progress(source_from.quiet) as show:
        return view(gather_history(prometheus, over, match, controllers, show), sort_by)


def view(found: History, sort_by: str) -> View:
    from kubectl_kcp.findings.history import history_findings
    from kubectl_kcp.render import history as views

    items = sorted(found.items, key=SORT[sort_by])
    findings = history_findings(found)

    def parts(wide: bool, reader: Reader) -> Parts:
        return [*views.head(found, reader), *views.tables(found, items, wide)]

    def page(reader: Reader) -> str:
        from kubectl_kcp.render.history_page import page as drawn

        return drawn(found, items, findings, reader.program)

    return View(
        parts=parts,
        document=lambda name: views.document(found, items, name),
        names=[f"pod/{p.target.pod}" for p in items],
        pages={"html": page},
        findings=findings,
        failures=found.failures,
    )

"""A page in the Prometheus text format (version 0.0.4), read as a stream: what nobody asked for is never kept.

prometheus_client parses the lines that are kept; a page of 40 MB costs the memory of those alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kubectl_kcp.errors import BadInput
from kubectl_kcp.knowledge.metric_names import OURS
from kubectl_kcp.model.metrics import Labels, Page

LONGEST_LINE = 1 << 20
"""Bytes. The longest line of a real page is some hundred bytes: a longer one is no page."""
MOST_SERIES = 200_000
"""Series kept of one page: more would be a label that should have been dropped."""


def read_page(chunks: Iterable[bytes], wanted: Mapping[str, tuple[str, ...]]) -> Page:
    """``wanted``: sample name → labels to keep (``knowledge.metric_names.wanted``). Raises BadInput for what is no page, or cut."""
    from prometheus_client.parser import text_fd_to_metric_families

    lines = _Lines(chunks, {name.encode() for name in wanted})
    values: dict[str, dict[Labels, float]] = {}
    kept = 0
    try:
        for family in text_fd_to_metric_families(lines):  # type: ignore[arg-type] # it iterates, no more
            for sample in family.samples:
                labels = wanted.get(sample.name)
                if labels is None:
                    continue
                key = tuple(sorted((k, v) for k, v in sample.labels.items() if k in labels))
                series = values.setdefault(sample.name, {})
                kept += key not in series
                series[key] = series.get(key, 0.0) + sample.value
                if kept > MOST_SERIES:
                    raise BadInput(f"the metrics page has more than {MOST_SERIES} series of interest")
    except (ValueError, KeyError, IndexError, TypeError) as e:
        raise BadInput(f"the metrics page cannot be read: {lines.shown()}: {e or type(e).__name__}") from None
    if not lines.ours:
        raise BadInput("the metrics page is not a controller's: it has no go_, process_ or controller_runtime_ metrics")
    return Page(values, lines.series)


class _Lines:
    """Text lines of interest; counts the others."""

    def __init__(self, chunks: Iterable[bytes], names: set[bytes]) -> None:
        self._chunks = chunks
        self._names = names
        self._last = b""
        self.series = 0
        self.ours = False

    def shown(self) -> str:
        """The line at fault, shortened."""
        return repr(self._last[:80].decode("utf-8", "replace"))

    def __iter__(self) -> Iterator[str]:
        rest, first = b"", True
        prefixes = tuple(p.encode() for p in OURS)
        for chunk in self._chunks:
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > LONGEST_LINE:
                raise BadInput("not a metrics page: it has no lines")
            for line in lines:
                if first and line.strip():
                    first = False
                    _refuse_html(line)
                if not line or line[:1] == b"#":
                    continue
                self.series += 1
                self.ours = self.ours or line.startswith(prefixes)
                end = line.find(b"{")
                if (line[:end] if end >= 0 else line.partition(b" ")[0]) in self._names:
                    self._last = line
                    yield line.decode("utf-8", "replace") + "\n"
        if rest.strip():
            _refuse_html(rest)
            raise BadInput(f"the metrics page is cut: its last line {rest[:60].decode('utf-8', 'replace')!r} has no end")
        if first:
            raise BadInput("the metrics page is empty")


def _refuse_html(line: bytes) -> None:
    start = line.lstrip()[:15].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        raise BadInput("HTML where a metrics page is expected: a proxy or a login page answered")
    if start.startswith(b"{"):
        raise BadInput("JSON where a metrics page is expected")

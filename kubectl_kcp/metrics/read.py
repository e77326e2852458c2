"""A page in the Prometheus text format (version 0.0.4), read as a stream: what nobody asked for is never kept.

prometheus_client parses the lines that are kept, some at a time; a page of 40 MB costs the memory of those alone (measured in
bench/metrics.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from kubectl_kcp.errors import BadInput
from kubectl_kcp.knowledge.metric_names import OURS
from kubectl_kcp.model.metrics import Labels, Page

LONGEST_LINE = 1 << 16
"""Bytes. The longest line of a real page is some hundred bytes: a longer one is no page."""
MOST_KEPT = 1 << 24
"""Bytes of the series kept of one page, as text: more would be a label that should have been dropped."""
LARGEST = 1e100
"""No counter comes near it; NaN and infinities are not below it."""
BATCH = 1000
"""Lines that are parsed at a time: the parser holds all samples of one name."""


def read_page(chunks: Iterable[bytes], wanted: Mapping[str, tuple[str, ...]]) -> Page:
    """``wanted``: sample name → labels to keep (``knowledge.metric_names.wanted``). Raises BadInput for what is no page, or cut."""
    from prometheus_client.parser import text_fd_to_metric_families

    lines = _Lines(chunks, {name.encode() for name in wanted})
    kept = _Kept(wanted)
    interesting = iter(lines)
    try:
        while batch := list(islice(interesting, BATCH)):
            for family in text_fd_to_metric_families(batch):  # type: ignore[arg-type] # it iterates, no more
                for sample in family.samples:
                    kept.add(sample.name, sample.labels, sample.value)
    except (ValueError, KeyError, IndexError, TypeError) as e:
        raise BadInput(f"the metrics page cannot be read near {lines.last()}: {e or type(e).__name__}") from None
    if not lines.ours:
        raise BadInput("the metrics page is not a controller's: it has no go_, process_ or controller_runtime_ metrics")
    kept.check_complete()
    return Page(kept.values, lines.series)


class _Kept:
    """The series of a page that somebody asked for."""

    def __init__(self, wanted: Mapping[str, tuple[str, ...]]) -> None:
        self._wanted = wanted
        self._size = 0
        self.values: dict[str, dict[Labels, float]] = {}

    def add(self, name: str, labels: Mapping[str, str], value: float) -> None:
        """A value that is no figure counts as not exposed."""
        kept = self._wanted.get(name)
        if kept is None or not abs(value) < LARGEST:
            return
        if "le" in kept and math.isnan(float(labels["le"])):
            raise ValueError(f"{name} has a bucket of no size")
        key = tuple(sorted((k, v) for k, v in labels.items() if k in kept))
        series = self.values.setdefault(name, {})
        if key not in series:
            self._size += sum(len(k) + len(v) for k, v in key)
            if self._size > MOST_KEPT:
                raise BadInput(f"the metrics page has more than {MOST_KEPT >> 20} MiB of series of interest: too many {name}")
        series[key] = series.get(key, 0.0) + value

    def check_complete(self) -> None:
        """A page that was cut between two lines shows in a histogram: its last bucket is +Inf."""
        for name, series in self.values.items():
            if not name.endswith("_bucket"):
                continue
            bounds: dict[Labels, set[str]] = {}
            for key in series:
                bounds.setdefault(tuple(p for p in key if p[0] != "le"), set()).add(dict(key).get("le", ""))
            if any("+Inf" not in found for found in bounds.values()):
                raise BadInput(f"the metrics page is cut: the histogram {name.removesuffix('_bucket')} has no last bucket")


class _Lines:
    """Text lines of interest; counts the others."""

    def __init__(self, chunks: Iterable[bytes], names: set[bytes]) -> None:
        self._chunks = chunks
        self._names = names
        self._last = b""
        self.series = 0
        self.ours = False

    def last(self) -> str:
        """The line that was read last, shortened."""
        return repr(self._last[:80].decode("utf-8", "replace"))

    def __iter__(self) -> Iterator[str]:
        rest, first = b"", True
        prefixes = tuple(p.encode() for p in OURS)
        names = self._names
        for chunk in self._chunks:
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > LONGEST_LINE:
                raise BadInput(f"not a metrics page: it has a line of more than {LONGEST_LINE >> 10} KiB")
            for line in lines:
                if first and line.strip():
                    first = False
                    _refuse_others(line)
                if not line or line[:1] == b"#":
                    continue
                self.series += 1
                self.ours = self.ours or line.startswith(prefixes)
                end = line.find(b"{")
                if (line[:end] if end >= 0 else line.partition(b" ")[0]) in names:
                    self._last = line
                    yield line.decode("utf-8", "replace") + "\n"
        if rest.strip():
            _refuse_others(rest)
            raise BadInput(f"the metrics page is cut: its last line {rest[:60].decode('utf-8', 'replace')!r} has no end")
        if first:
            raise BadInput("the metrics page is empty")


def _refuse_others(line: bytes) -> None:
    start = line.lstrip()[:1]
    if start == b"<":
        raise BadInput("HTML where a metrics page is expected: a proxy or a login page answered")
    if start == b"{":
        raise BadInput("JSON where a metrics page is expected")

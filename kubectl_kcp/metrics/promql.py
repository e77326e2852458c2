"""Figures as PromQL, for whatever names and kinds of histograms a store has. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from kubectl_kcp.knowledge.figures import MISSED, Figure, Kind

_PLAIN = re.compile(r"[A-Za-z0-9_:/-]")


def quoted(value: str) -> str:
    """As a string of PromQL."""
    return '"' + value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") + '"'


def one_of(values: Iterable[str]) -> str:
    """A regular expression (RE2) for exactly these."""
    return "|".join("".join(c if _PLAIN.match(c) else rf"\{c}" for c in v) for v in sorted(values))


def selector(name: str, *matchers: str) -> str:
    inner = ",".join(m for m in matchers if m)
    return f"{name}{{{inner}}}" if inner else name


def seconds(value: float) -> str:
    """A duration of PromQL."""
    return f"{value:g}s" if value == int(value) else f"{round(value * 1000)}ms"


def rate_window(step: float, scrape: float) -> float:
    """Two samples lie in it, three at most, so that a change shows within one scrape; where points lie further apart than scrapes, all
    since the last point."""
    return max(MISSED * scrape, step + scrape if step > scrape else 0.0)


def expression(figure: Figure, names: Collection[str], matchers: str, by: Sequence[str], over: str, reconcilers: bool = False) -> str:
    """``names`` are those that the store has, ``by`` the labels that tell Pods apart, ``over`` the duration that rates are over. With
    ``reconcilers`` a series for each of them. "" where the store has nothing of it."""
    labels = [*by, *([figure.label] if reconcilers else [])]
    parts = [p for name in figure.names if (p := _of_name(figure, name, names, matchers, by, over))]
    if not parts:
        return ""
    series = parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"
    if figure.kind.quantile:
        return f"histogram_quantile({figure.kind.value}, {_together('sum', [*labels, 'le'], [*_inner(figure, by), 'le'], series)})"
    together = _together("max" if figure.kind is Kind.MAX else "sum", labels, _inner(figure, by), series)
    return f"{together} * {figure.factor:g}" if figure.factor != 1 else together


def _together(how: str, labels: Sequence[str], inner: Sequence[str], series: str) -> str:
    """What is grouped by these labels already stays as it is."""
    if list(labels) == list(inner):
        return series
    return f"{how} by ({', '.join(labels)}) {series if series.startswith('(') else f'({series})'}"


def _inner(figure: Figure, by: Sequence[str]) -> list[str]:
    return [*by, *([figure.label] if figure.label else [])]


def _of_name(figure: Figure, name: str, names: Collection[str], matchers: str, by: Sequence[str], over: str) -> str:
    """Grouped by reconciler, so that of an old and a new name each reconciler's newer one counts."""
    labels = _inner(figure, by)
    if figure.kind.quantile:
        classic = f"{name}_bucket" in names
        if not classic and name not in names:
            return ""
        taken = f"{name}_bucket" if classic else name
        return f"sum by ({', '.join([*labels, 'le'])}) (rate({selector(taken, matchers, figure.where)}[{over}]))"
    if name not in names:
        return ""
    series = selector(name, matchers, figure.where)
    if figure.kind is Kind.RATE:
        series = f"rate({series}[{over}])"
    grouped = f"{'max' if figure.kind is Kind.MAX else 'sum'} by ({', '.join(labels)}) ({series})"
    if figure.kind is Kind.RATE and figure.where:  # a code that was never answered has no series: there were none
        return f"({grouped} or 0 * sum by ({', '.join(labels)}) (rate({selector(name, matchers)}[{over}])))"
    return grouped

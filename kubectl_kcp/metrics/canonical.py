"""One name for each quantity, whatever a page calls it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_kcp.knowledge.metric_names import ROWS, Row
from kubectl_kcp.model.metrics import Labels, Page

SUFFIXES = ("", "_bucket", "_sum", "_count")


def canonical(page: Page) -> Page:
    """The page with each quantity's series under its newest name.

    Reconciler by reconciler: a provider's own may have the old names beside a ClusterCache of Cluster API's with new ones.
    """
    values = dict(page.values)
    for newest, older in _renamed():
        for suffix in SUFFIXES:
            merged = dict(values.get(newest.name + suffix, {}))
            for row in older:
                known = set(map(_reconciler, merged))
                merged.update((k, v) for k, v in values.pop(row.name + suffix, {}).items() if _reconciler(k) not in known)
            if merged:
                values[newest.name + suffix] = merged
    return replace(page, values=values)


def _renamed() -> Iterable[tuple[Row, list[Row]]]:
    by_quantity: dict[str, list[Row]] = {}
    for row in ROWS:
        by_quantity.setdefault(row.quantity, []).append(row)
    return [(rows[0], rows[1:]) for rows in by_quantity.values() if len(rows) > 1]


def _reconciler(labels: Labels) -> str:
    return dict(labels).get("controller", "")

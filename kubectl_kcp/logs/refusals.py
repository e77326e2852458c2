"""TLS refusals in a KCP's log, by cluster. Pure: lines in, refusals out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from kubectl_kcp.knowledge.dial_failures import MARK as ON_THE_WAY
from kubectl_kcp.knowledge.refusals import MARKS, PASSED, ROWS, Refuser, Row, Trouble
from kubectl_kcp.kube.times import parse_time
from kubectl_kcp.logs.reader import about
from kubectl_kcp.logs.whose import Whose
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.reference import Ref


class LogRefusal(Struct, frozen=True):
    """One line: when, who refused whom, what is wrong by that, and the words."""

    at: datetime | None
    by: Refuser
    words: str
    meaning: str
    trouble: Trouble = Trouble.TRUST

    @property
    def passed(self) -> datetime | None:
        """The end of a certificate that Go's words say has passed; None where they name none."""
        found = PASSED.search(self.words)
        return parse_time(found[1]) if found is not None else None


def refusals(lines: Iterable[str], clusters: Iterable[Cluster], now: datetime) -> dict[Ref, list[LogRefusal]]:
    """``now`` gives klog's times their year, ``clusters`` are all that the controller reconciles, as far as known. Other lines are passed
    over; so are those of a way that ended at the cluster's API server: its certificates are none of etcd's."""
    whose = Whose(clusters)
    found: dict[Ref, list[LogRefusal]] = {}
    for entry, line in about(lines, now, MARKS):
        row, words = _row(entry)
        if row is None or ON_THE_WAY in entry:
            continue
        where = whose.of(entry, line)
        if where is not None:
            found.setdefault(where, []).append(LogRefusal(line.at, row.by, words, row.meaning, row.trouble))
    return found


def _row(text: str) -> tuple[Row | None, str]:
    for row in ROWS:
        m = row.pattern.search(text)
        if m is not None:
            return row, m[1]
    return None, ""

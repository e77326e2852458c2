"""Requests that waited for client-go's own limit (``--kube-api-qps``, ``--kube-api-burst``), as a controller's log tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from kubectl_kcp.knowledge.throttling import BURST, MANAGEMENT, PLAIN, QPS, REASON, STRUCTURED, WAITED
from kubectl_kcp.kube.times import seconds_of
from kubectl_kcp.logs.reader import Line, entries, parse
from kubectl_kcp.model.throttling import Limits, Throttling


def throttling(lines: Iterable[str], now: datetime, since: datetime | None = None) -> tuple[Throttling, ...]:
    """One for each API server, most waits first; none where nothing waited. ``now`` gives klog's times their year; lines from before
    ``since`` are passed over."""
    found: dict[str, Throttling] = {}
    for entry in entries(lines):
        if WAITED not in entry or REASON not in entry:
            continue
        line = parse(entry, now)
        wait = _wait(line) if line is not None else None
        if line is None or wait is None or (since is not None and line.at is not None and line.at < since):
            continue
        seconds, verb, url = wait
        place = urlsplit(url)
        before = found.get(place.netloc, Throttling(place.netloc, 0, -1.0, "", line.at, line.at))
        longer = seconds > before.longest
        found[place.netloc] = Throttling(
            place.netloc,
            before.count + 1,
            seconds if longer else before.longest,
            f"{verb} {place.path}" if longer else before.request,
            before.since or line.at,
            line.at or before.until,
            before.management or MANAGEMENT in place.path,
        )
    return tuple(sorted(found.values(), key=lambda t: (-t.count, t.host)))


def _wait(line: Line) -> tuple[float, str, str] | None:
    """Seconds, verb and URL."""
    if line.message == STRUCTURED:
        fields = line.fields
        seconds = seconds_of(fields.get("delay", ""))
        if seconds is None or REASON not in fields.get("reason", ""):
            return None
        return seconds, fields.get("verb", ""), fields.get("URL", "")
    m = PLAIN.search(line.message)
    seconds = seconds_of(m[1]) if m is not None else None
    return None if m is None or seconds is None else (seconds, m[3], m[4])


def limits(flags: Mapping[str, str], lines: Iterable[str] = ()) -> Limits:
    """From a controller's ``flags``; what these leave out, from the ``FLAG:`` lines that it logs at its start."""
    known = {**_logged(lines), **flags}
    qps, burst = known.get(QPS, ""), known.get(BURST, "")
    return Limits(_number(qps), int(burst) if burst.isdigit() else None)


def _logged(lines: Iterable[str]) -> dict[str, str]:
    """``FLAG: --kube-api-qps="100"`` (k8s.io/component-base cli/flag PrintFlags), in klog's text and in JSON."""
    found = {}
    for line in lines:
        if "FLAG: --kube-api-" in line:
            m = re.search(r'FLAG: --([a-z-]+)=\\?"([^"\\]*)', line)
            if m is not None:
                found[m[1]] = m[2]
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None

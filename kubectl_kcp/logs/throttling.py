"""Requests that waited for client-go's own limit (``--kube-api-qps``, ``--kube-api-burst``), as a controller's log tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from kubectl_kcp.knowledge.throttling import BURST, PLAIN, QPS, REASON, STRUCTURED, WAITED
from kubectl_kcp.logs.reader import Line, entries, parse
from kubectl_kcp.model.throttling import Limits, Throttling

_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


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
        )
    return tuple(sorted(found.values(), key=lambda t: (-t.count, t.host)))


def _wait(line: Line) -> tuple[float, str, str] | None:
    """Seconds, verb and URL."""
    if line.message == STRUCTURED:
        fields = line.fields
        seconds = seconds_of(fields.get("delay", ""))
        return (
            None if seconds is None or REASON not in fields.get("reason", "") else (seconds, fields.get("verb", ""), fields.get("URL", ""))
        )
    m = PLAIN.search(line.message)
    seconds = seconds_of(m[1]) if m is not None else None
    return None if m is None or seconds is None else (seconds, m[3], m[4])


def seconds_of(duration: str) -> float | None:
    """Go's ``time.Duration`` as it prints itself (``1m2.5s``, ``987.6ms``); None for anything else."""
    parts = _PART.findall(duration)
    if not parts or "".join(n + unit for n, unit in parts) != duration:
        return None
    return sum(float(n) * _SECONDS[unit] for n, unit in parts)


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

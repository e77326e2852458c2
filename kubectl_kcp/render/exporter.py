"""The exporter's page: certificates, credentials and findings of the last look, and how the exporter itself is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import chain

from msgspec import Struct
from prometheus_client import CollectorRegistry, Metric, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder

from kubectl_kcp import __version__
from kubectl_kcp.model.diagnosis import Diagnosis
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.render.doctor import metrics
from kubectl_kcp.render.openmetrics import PREFIX, connection_lines, lines


class Health(Struct, frozen=True):
    """Times in seconds since the epoch, None where there was none yet. ``watches`` are kinds whose changes are told, and whether now."""

    looks: int
    failures: int
    last_success: float | None
    last_seconds: float | None
    watches: tuple[tuple[str, bool], ...] = ()


def look_page(estate: Estate, diagnosis: Diagnosis) -> bytes:
    """What one look says, without the end. Families differ, so the two pages follow each other."""
    made = BytesIO()
    connections = connection_lines(estate.cache.items if estate.cache is not None else ())
    for line in chain(lines(estate.clusters, estate.now, estate.failures), connections, metrics(diagnosis)):
        made.write(line.encode())
        made.write(b"\n")
    return made.getvalue()


class Own:
    """The process and the exporter's health, by prometheus_client. ``ask`` is called for each page."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self.health = Health(0, 0, None, None)
        self._registry.register(self)

    def collect(self) -> Iterable[Metric]:
        h = self.health
        build = GaugeMetricFamily(f"{PREFIX}_build_info", "1, with the version of this exporter.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        yield CounterMetricFamily(f"{PREFIX}_export_looks", "Looks at the management cluster, successful or not.", h.looks)
        yield CounterMetricFamily(f"{PREFIX}_export_failures", "Looks that failed as a whole.", h.failures)
        yield from self._times(h)
        watching = GaugeMetricFamily(f"{PREFIX}_export_watching", "1 where changes of this kind are told at once.", labels=["kind"])
        for kind, works in h.watches:
            watching.add_metric([kind], float(works))
        yield watching

    @staticmethod
    def _times(h: Health) -> Iterator[Metric]:
        if h.last_success is not None:
            yield GaugeMetricFamily(
                f"{PREFIX}_export_last_success_timestamp_seconds", "When the look began that this page shows.", h.last_success
            )
        if h.last_seconds is not None:
            yield GaugeMetricFamily(f"{PREFIX}_export_look_seconds", "How long that look took.", h.last_seconds)

    def after(self, accept: str) -> tuple[bytes, str]:
        """What follows the look's lines, and the content type: OpenMetrics for who asks for it, else Prometheus' text format."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

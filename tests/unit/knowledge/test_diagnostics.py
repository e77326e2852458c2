"""Where diagnostics are served: Cluster API's flags before and since 1.6."""

from __future__ import annotations

import pytest

from kubectl_kcp.knowledge.diagnostics import endpoints
from kubectl_kcp.model.endpoint import Endpoint
from kubectl_kcp.model.version import Version

OLD, NEW = Version.parse("v1.5.8"), Version.parse("v1.14.2")
SECURE = Endpoint(8443, True)


@pytest.mark.parametrize(
    ("version", "flags", "metrics", "profiles", "cure"),
    [
        (NEW, {}, SECURE, SECURE, ""),
        (None, {}, SECURE, SECURE, ""),
        (NEW, {"diagnostics-address": "localhost:9000"}, Endpoint(9000, True), Endpoint(9000, True), ""),
        (NEW, {"insecure-diagnostics": "true"}, Endpoint(8443, False), None, "--profiler-address"),
        (NEW, {"insecure-diagnostics": "true", "profiler-address": ":6060"}, Endpoint(8443, False), Endpoint(6060, False), ""),
        (NEW, {"diagnostics-address": "0"}, None, None, "--diagnostics-address=:8443"),
        (OLD, {}, Endpoint(8080, False), None, "--profiler-address"),
        (OLD, {"metrics-bind-addr": "0.0.0.0:8081", "profiler-address": ":6060"}, Endpoint(8081, False), Endpoint(6060, False), ""),
        (OLD, {"metrics-bind-addr": "0"}, None, None, "--metrics-bind-addr"),
        (OLD, {"diagnostics-address": ":8443"}, SECURE, SECURE, ""),
        (NEW, {"metrics-bind-addr": ":8080"}, Endpoint(8080, False), None, "--profiler-address"),
        (NEW, {"diagnostics-address": "rubbish"}, None, None, "--diagnostics-address=:8443"),
    ],
)
def test_where_it_is_served(
    version: Version | None, flags: dict[str, str], metrics: Endpoint | None, profiles: Endpoint | None, cure: str
) -> None:
    found = endpoints(flags, version)
    assert (found.metrics, found.profiles) == (metrics, profiles)
    assert cure in (found.no_metrics or found.no_profiles)
    assert bool(cure) is bool(found.no_metrics or found.no_profiles)
    for served, why in ((found.metrics, found.no_metrics), (found.profiles, found.no_profiles), (found.levels, found.no_levels)):
        assert (served is None) is bool(why)
    assert (found.levels is not None) is bool(found.metrics and found.metrics.secure)

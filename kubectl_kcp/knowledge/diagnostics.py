"""Where a controller serves its metrics and profiles, by its flags and version. Source: Cluster API ``util/flags/diagnostics.go``
and ``docs/book/src/tasks/diagnostics.md``; before 1.6 each controller's main.go."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_kcp.model.endpoint import Endpoint, Endpoints
from kubectl_kcp.model.version import Version

SINCE = Version(1, 6, 0, "0")
"""``--diagnostics-address`` with a default of ``:8443`` came with 1.6; it replaced ``--metrics-bind-addr``."""
OFF = "--diagnostics-address=0 turns its endpoint off: set --diagnostics-address=:8443"
INSECURE = "--insecure-diagnostics serves metrics only: leave it out"
INSECURE_PROFILES = f"{INSECURE}, or set --profiler-address=localhost:6060"
TOO_OLD = "this version serves it only with {}"
NO_LEVELS = "it has no endpoint for it: Cluster API's controllers have one from v1.6 on"
METRICS_FLAG, PROFILES_FLAG = "--metrics-bind-addr=localhost:8080", "--profiler-address=localhost:6060"


def endpoints(flags: Mapping[str, str], version: Version | None) -> Endpoints:
    """Flags win over what the version does by default; an unknown version counts as a new one."""
    profiler = _port(flags.get("profiler-address", ""))
    plain = Endpoint(profiler, False) if profiler else None
    old = version is not None and version < SINCE and "diagnostics-address" not in flags
    if old or ("metrics-bind-addr" in flags and "diagnostics-address" not in flags):
        port = _port(flags.get("metrics-bind-addr", "localhost:8080"))
        return Endpoints(
            Endpoint(port, False) if port else None,
            plain,
            no_metrics="" if port else TOO_OLD.format(METRICS_FLAG),
            no_profiles="" if plain else TOO_OLD.format(PROFILES_FLAG),
            no_levels=NO_LEVELS,
        )
    port = _port(flags.get("diagnostics-address", ":8443"))
    if not port:
        return Endpoints(None, plain, no_metrics=OFF, no_profiles="" if plain else OFF, no_levels=OFF)
    if flags.get("insecure-diagnostics") == "true":
        return Endpoints(Endpoint(port, False), plain, no_profiles="" if plain else INSECURE_PROFILES, no_levels=INSECURE)
    secure = Endpoint(port, True)
    return Endpoints(secure, secure, secure)


def open_profiles(flags: Mapping[str, str]) -> str:
    """The flag by which whoever reaches the Pod gets profiles, in clear and without being asked who it is; "" where none does."""
    return _open("profiler-address", flags.get("profiler-address", ""))


def open_metrics(flags: Mapping[str, str]) -> str:
    """The same of metrics: ``--insecure-diagnostics``."""
    if flags.get("insecure-diagnostics") != "true":
        return ""
    return _open("diagnostics-address", flags.get("diagnostics-address", ":8443"))


def _open(flag: str, address: str) -> str:
    host = address.rpartition(":")[0].strip("[]")
    own = host == "localhost" or host == "::1" or host.startswith("127.")
    return f"--{flag}={address}" if _port(address) and not own else ""


def _port(address: str) -> int:
    """0 for an address that means "off"."""
    last = address.rpartition(":")[2]
    return int(last) if last.isdigit() and int(last) < 65536 else 0

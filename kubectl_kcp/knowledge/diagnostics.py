"""Where a controller serves its metrics and profiles, by its flags and version. Source: Cluster API ``util/flags/diagnostics.go``
and ``docs/book/src/tasks/diagnostics.md``; before 1.6 each controller's main.go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kubectl_kcp.model.version import Version

SINCE = Version(1, 6, 0, "0")
"""``--diagnostics-address`` with a default of ``:8443`` came with 1.6; it replaced ``--metrics-bind-addr``."""


OFF = "--diagnostics-address=0 turns its endpoint off: set --diagnostics-address=:8443"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``secure``: TLS with a self-signed certificate, and a bearer token is wanted."""

    port: int
    secure: bool


@dataclass(frozen=True, slots=True)
class Endpoints:
    """``metrics`` and ``profiles`` are None where the flags leave them off; ``why`` then says which flag turns them on."""

    metrics: Endpoint | None
    profiles: Endpoint | None
    levels: Endpoint | None = None
    why: str = ""


def endpoints(flags: Mapping[str, str], version: Version | None) -> Endpoints:
    """Flags win over what the version does by default; an unknown version counts as a new one."""
    profiler = _port(flags.get("profiler-address", ""))
    plain = Endpoint(profiler, False) if profiler else None
    old = version is not None and version < SINCE and "diagnostics-address" not in flags
    if old or ("metrics-bind-addr" in flags and "diagnostics-address" not in flags):
        port = _port(flags.get("metrics-bind-addr", "localhost:8080"))
        return Endpoints(Endpoint(port, False) if port else None, plain, why=_old_why(port, profiler))
    port = _port(flags.get("diagnostics-address", ":8443"))
    if not port:
        return Endpoints(None, plain, why=OFF)
    if flags.get("insecure-diagnostics") == "true":
        why = "" if plain else "--insecure-diagnostics serves metrics only: leave it out, or set --profiler-address=localhost:6060"
        return Endpoints(Endpoint(port, False), plain, why=why)
    secure = Endpoint(port, True)
    return Endpoints(secure, secure, secure)


def _port(address: str) -> int:
    """0 for an address that means "off"."""
    last = address.rpartition(":")[2]
    return int(last) if last.isdigit() and int(last) < 65536 else 0


def _old_why(metrics: int, profiler: int) -> str:
    missing = [*([] if metrics else ["--metrics-bind-addr=localhost:8080"]), *([] if profiler else ["--profiler-address=localhost:6060"])]
    return f"this version serves it only with {' and '.join(missing)}" if missing else ""

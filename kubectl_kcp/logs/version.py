"""The version that a controller logs at its start. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from kubectl_kcp.logs.reader import about
from kubectl_kcp.model.version import Version

START = "starting manager"
"""``setupLog.Info("Starting manager", "version", ...)`` in each controller's main.go. Other lines name a version, too: Kubernetes'."""
_ANY_YEAR = datetime(2000, 1, 1, tzinfo=timezone.utc)


def version_in(lines: Iterable[str]) -> Version | None:
    """Old controllers log none, own builds an empty one."""
    for _, line in about(lines, _ANY_YEAR, (START[1:],)):
        if line.message.lower() == START:
            found = Version.parse(line.fields.get("version", ""))
            if found is not None:
                return found
    return None

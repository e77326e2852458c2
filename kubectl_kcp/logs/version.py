"""The version that a controller logs at its start. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kubectl_kcp.model.version import Version

_VERSION = re.compile(r'"?version"?[:=]\s*"?(v\d+\.\d+\.\d+[0-9A-Za-z.+_-]*)', re.IGNORECASE)
"""``"Version" version="v1.14.2"`` or an older, unstructured form (version/version.go, each main.go)."""


def version_in(lines: Iterable[str]) -> Version | None:
    """Old controllers log none, own builds an empty one."""
    for line in lines:
        m = _VERSION.search(line)
        if m is not None:
            return Version.parse(m[1])
    return None

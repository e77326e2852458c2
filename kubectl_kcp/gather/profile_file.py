"""One profile of no known controller: from a file or a URL. Apart from the rest, so that it starts fast."""

from __future__ import annotations

from kubectl_kcp.errors import BadInput
from kubectl_kcp.model.profile_report import PodProfile
from kubectl_kcp.pprof.kinds import check_kind
from kubectl_kcp.pprof.read import read_profile


def from_bytes(data: bytes, origin: str, asked: str | None) -> PodProfile:
    """``asked`` is the kind that the user named. Raises BadInput, naming ``origin``."""
    try:
        profile = read_profile(data)
        return PodProfile(check_kind(profile, asked), profile, origin)
    except BadInput as e:
        raise BadInput(f"{origin}: {e}", e.hint) from None

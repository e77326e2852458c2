"""Which kind of profile a file holds, by its sample types (Go's runtime/pprof)."""

from __future__ import annotations

from kubectl_kcp.errors import BadInput
from kubectl_kcp.model.profile import Profile

MARKS = {
    "cpu": "cpu",
    "goroutine": "goroutine",
    "inuse_space": "heap",
    "contentions": "block",
}
"""Sample type → kind. Block and mutex profiles look the same, as do heap and allocs but for their default type."""

ALIKE = ({"heap", "allocs"}, {"block", "mutex"})


def kind_of(profile: Profile) -> str:
    """Empty for a profile that Go's runtime does not write."""
    found = next((MARKS[t.type] for t in profile.sample_types if t.type in MARKS), "")
    return "allocs" if found == "heap" and profile.default_type == "alloc_space" else found


def check_kind(profile: Profile, asked: str | None) -> str:
    """The kind to show. Raises BadInput where the profile is not of the kind that was asked for."""
    found = kind_of(profile)
    if asked is None or asked == found or any({asked, found} <= group for group in ALIKE):
        return asked or found
    types = ", ".join(t.type for t in profile.sample_types)
    raise BadInput(f"not a {asked} profile: it holds {types}", f"leave {asked} out, or ask for {found}" if found else "")

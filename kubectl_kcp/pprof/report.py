"""A Pod's profile, judged: load, causes, keys."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_kcp.model.profile_report import PodProfile, PodReport
from kubectl_kcp.pprof.causes import causes
from kubectl_kcp.pprof.keys import keys_generated, share_of_keys
from kubectl_kcp.pprof.sample_types import millicores, sample_type_of
from kubectl_kcp.pprof.stacks import by_function, select


def reports(items: Iterable[PodProfile], sample_type: str = "", focus: str = "", ignore: str = "") -> list[PodReport]:
    """The hungriest first. Raises NotFound for a sample type that a profile does not hold."""
    made = [report(item, sample_type, focus, ignore) for item in items]
    return sorted(made, key=lambda r: (-abs(r.value if r.millicores is None else r.millicores), r.item.origin))


def report(item: PodProfile, sample_type: str = "", focus: str = "", ignore: str = "") -> PodReport:
    index = sample_type_of(item, sample_type)
    every = by_function(item.profile, index)
    stacks = select(every, focus, ignore)
    value = sum(stacks.values)
    shares = causes(item.profile, index, focus, ignore)
    return PodReport(
        item=item,
        type=stacks.type,
        value=value,
        total=stacks.total,
        samples=sum(c.samples for c in shares),
        causes=shares,
        millicores=millicores(item, index, value),
        keys=None if item.compared or (item.controller and not item.controller.is_kcp) else keys_generated(item.profile, item.keys),
        making_keys=share_of_keys(every),
    )

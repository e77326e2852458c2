"""A Pod's profile, judged: load, causes, keys, and what a dump tells."""

from __future__ import annotations

from kubectl_kcp.knowledge.sampling import COUNTED_BY, COUNTS, GO_PERIOD
from kubectl_kcp.model.profile_report import KeysGenerated, PodReport
from kubectl_kcp.pprof.analysis import AnalysedProfile
from kubectl_kcp.pprof.causes import by_cause, shares
from kubectl_kcp.pprof.dumps import halt, waits
from kubectl_kcp.pprof.keys import ALLOCATED, keys_generated, share_of_keys


def report(analysed: AnalysedProfile) -> PodReport:
    stacks, profile = analysed.stacks, analysed.item.profile
    causes = shares(stacks, _samples_by_cause(analysed))
    counted = [c.samples for c in causes if c.samples is not None]
    return PodReport(
        item=analysed.item,
        type=stacks.type,
        value=analysed.value,
        total=stacks.total,
        samples=sum(counted) if len(counted) == len(causes) else None,
        causes=causes,
        millicores=analysed.millicores,
        keys=_keys(analysed),
        making_keys=share_of_keys(analysed.every(analysed.index)),
        waits=waits(analysed.profile),
        halt=halt(profile),
    )


def _keys(analysed: AnalysedProfile) -> KeysGenerated | None:
    """KCP alone makes keys for etcd. What is no Pod's may be its profile."""
    item = analysed.item
    types = [t.type for t in item.profile.sample_types]
    if item.compared or ALLOCATED not in types or (item.controller and not item.controller.is_kcp):
        return None
    return keys_generated(analysed.every(types.index(ALLOCATED)), item.profile.period, item.keys)


def _samples_by_cause(analysed: AnalysedProfile) -> dict[int, int] | None:
    """Rank of the cause → samples taken. None where the profile does not tell.

    A heap profile holds bytes scaled up from one sample in ``period`` bytes, so there the count is an estimate: bytes by
    period. So it is with CPU time where a profile does not hold its samples.
    """
    profile = analysed.item.profile
    types = [t.type for t in profile.sample_types]
    counted_by = COUNTED_BY.get(types[analysed.index], "")
    if counted_by not in types:
        counted_by = types[analysed.index]
    values = by_cause(analysed.selected(types.index(counted_by)))
    if counted_by in COUNTS:
        return {rank: abs(value) for rank, value in values.items()}
    if counted_by not in GO_PERIOD and counted_by != profile.period_type.type:
        return None
    period = profile.period if profile.period > 0 else GO_PERIOD.get(counted_by, 0)
    return {rank: round(abs(value) / period) for rank, value in values.items()} if period else None

"""One profile with what is asked of it: its stacks by sample type, load and report, each made once. All formats start from here."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from msgspec.structs import replace

from kubectl_kcp.model.profile import Profile, Stacks
from kubectl_kcp.model.profile_report import PodProfile, PodReport
from kubectl_kcp.pprof.sample_types import millicores, sample_type_of
from kubectl_kcp.pprof.selection import ALL, Selection
from kubectl_kcp.pprof.stacks import by_function


class AnalysedProfile:
    """``item`` with one of its sample types chosen, and the stacks that ``selection`` leaves.

    Raises NotFound for a sample type that the profile does not hold; its stacks raise UsageError for a pattern that is none.
    """

    def __init__(self, item: PodProfile, sample_type: str = "", selection: Selection = ALL) -> None:
        self.item = item
        self.index = sample_type_of(item, sample_type)
        self.selection = selection
        self._every: dict[int, Stacks] = {}
        self._selected: dict[int, Stacks] = {}

    def every(self, index: int) -> Stacks:
        """All stacks of sample type ``index``."""
        if index not in self._every:
            self._every[index] = by_function(self.item.profile, index)
        return self._every[index]

    def selected(self, index: int) -> Stacks:
        """Those of them that were asked for; ``total`` stays that of all."""
        if index not in self._selected:
            every = self.every(index)
            wanted = self.selection.asked
            self._selected[index] = replace(by_function(self.profile, index), total=every.total) if wanted else every
        return self._selected[index]

    @cached_property
    def profile(self) -> Profile:
        """What was asked for of the profile, in all its sample types."""
        if not self.selection.asked:
            return self.item.profile
        from kubectl_kcp.pprof.filter import filtered

        return filtered(self.item.profile, self.selection)

    @property
    def stacks(self) -> Stacks:
        """The selected ones of the chosen sample type."""
        return self.selected(self.index)

    @cached_property
    def value(self) -> int:
        return sum(self.stacks.values)

    @cached_property
    def millicores(self) -> float | None:
        return millicores(self.item, self.index, self.value)

    @cached_property
    def report(self) -> PodReport:
        """Judged when it is asked for: functions and stacks alone are shown without."""
        from kubectl_kcp.pprof.report import report

        return report(self)


def analysed(items: Iterable[PodProfile], sample_type: str = "", selection: Selection = ALL) -> list[AnalysedProfile]:
    """The hungriest first. Raises NotFound, UsageError."""
    made = [AnalysedProfile(item, sample_type, selection) for item in items]
    return sorted(made, key=lambda a: (-abs(a.value if a.millicores is None else a.millicores), a.item.origin))

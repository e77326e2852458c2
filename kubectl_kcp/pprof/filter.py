"""A profile with the stacks and frames that were asked for alone, in the order and by the rules of go tool pprof.

google/pprof: internal/driver/driver_focus.go (applyFocus), profile/filter.go (FilterSamplesByName, ShowFrom). A location's function, its
file and its binary are all matched; a sample without a stack goes as soon as functions are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from kubectl_kcp.model.profile import Location, Profile, Sample
from kubectl_kcp.pprof.patterns import pattern
from kubectl_kcp.pprof.selection import Selection
from kubectl_kcp.pprof.tags import tag_filter, units


class _Matches:
    """What one expression matches of a profile."""

    def __init__(self, profile: Profile, text: str, option: str) -> None:
        search = pattern(text, option)
        self._functions = [bool(search(f.name) or search(f.file)) for f in profile.functions]
        self._mappings = [bool(search(m.file)) for m in profile.mappings]

    def binary(self, location: Location) -> bool:
        return location.mapping is not None and self._mappings[location.mapping]

    def function(self, number: int) -> bool:
        return self._functions[number]

    def anything(self, location: Location) -> bool:
        return self.binary(location) or any(self._functions[line.function] for line in location.lines)


def filtered(profile: Profile, selection: Selection) -> Profile:
    """Raises UsageError for an expression that is none."""
    if not selection.asked:
        return profile
    unit_of = units(profile)
    made = profile
    if selection.focus or selection.ignore or selection.hide or selection.show:
        made = _by_name(made, selection)
    if selection.show_from:
        made = _from(made, _Matches(made, selection.show_from, "--show-from"))
    if selection.tag_focus:
        wanted = tag_filter(selection.tag_focus, "--tagfocus", unit_of)
        made = replace(made, samples=tuple(s for s in made.samples if wanted(s)))
    if selection.tag_ignore:
        unwanted = tag_filter(selection.tag_ignore, "--tagignore", unit_of)
        made = replace(made, samples=tuple(s for s in made.samples if not unwanted(s)))
    return made


def _by_name(profile: Profile, selection: Selection) -> Profile:
    focus, ignore, hide, show = (
        _Matches(profile, text, option) if text else None
        for text, option in (
            (selection.focus, "--focus"),
            (selection.ignore, "--ignore"),
            (selection.hide, "--hide"),
            (selection.show, "--show"),
        )
    )
    ignored = {n for n, location in enumerate(profile.locations) if ignore is not None and ignore.anything(location)}
    focused = {n for n, location in enumerate(profile.locations) if n not in ignored and (focus is None or focus.anything(location))}
    locations, hidden = list(profile.locations), set()
    for n, location in enumerate(profile.locations):
        left, empty = location, False
        if hide is not None and hide.anything(left):
            left = _with(left, (x.function for x in left.lines if hide.binary(left) or hide.function(x.function)), keep=False)
            empty = not left.lines
        if show is not None:
            if not show.binary(left):
                left = _with(left, (x.function for x in left.lines if show.function(x.function)), keep=True)
            empty = empty or not left.lines
        locations[n] = left
        if empty:
            hidden.add(n)

    def stack(sample: Sample) -> tuple[int, ...] | None:
        if focused.isdisjoint(sample.stack) or not ignored.isdisjoint(sample.stack):
            return None
        return tuple(n for n in sample.stack if n not in hidden) or None

    return replace(profile, locations=tuple(locations), samples=_restacked(profile.samples, stack))


def _with(location: Location, functions: Iterable[int], keep: bool) -> Location:
    """``location`` with the lines of these functions alone, or without them."""
    named = set(functions)
    return location._replace(lines=tuple(x for x in location.lines if (x.function in named) is keep))


def _from(profile: Profile, show_from: _Matches) -> Profile:
    """Stacks begin with the outermost call that matches."""
    locations, found = list(profile.locations), set()
    for n, location in enumerate(profile.locations):
        last = max((i for i, x in enumerate(location.lines) if show_from.function(x.function)), default=None)
        if show_from.binary(location):
            found.add(n)
        elif last is not None:
            found.add(n)
            locations[n] = location._replace(lines=location.lines[: last + 1])

    def stack(sample: Sample) -> tuple[int, ...] | None:
        outermost = max((i for i, n in enumerate(sample.stack) if n in found), default=None)
        return None if outermost is None else sample.stack[: outermost + 1]

    return replace(profile, locations=tuple(locations), samples=_restacked(profile.samples, stack))


def _restacked(samples: Iterable[Sample], stack: Callable[[Sample], tuple[int, ...] | None]) -> tuple[Sample, ...]:
    return tuple(s._replace(stack=kept) for s in samples if (kept := stack(s)) is not None)

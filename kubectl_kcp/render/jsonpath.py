"""kubectl's JSONPath templates: ``{range .items[*]}{.name}{"\\n"}{end}``.

The dialect is client-go's (k8s.io/client-go/util/jsonpath, v0.36): templates, ranges, escaped dots, errors for an index that is not
there. The libraries for JSONPath speak RFC 9535 or an older dialect and know none of these, so it is read here; a test holds it
against ``kubectl config view``. A key that is not there gives nothing, as in kubectl.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from msgspec import Struct

from kubectl_kcp.errors import BadInput

Step = Callable[[list[Any]], list[Any]]
"""Values to values: each step of a path goes from all that were found to all that they lead to."""
_TOKEN = re.compile(
    r"""(?P<space>[ \t]+)
      | (?P<root>[@$])
      | (?P<recursive>\.\.)
      | (?P<filter>\[\?\()
      | (?P<array>\[(?P<inside>[^\]\n]*)\])
      | (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<field>\.(?P<name>(?:\\.|[^ \t\r\n.,\[\]$@{}\\])*))
      | (?P<number>[+-]?[0-9][0-9.]*)
      | (?P<word>\w[^ \t\r\n.,\[\]$@{}]*)""",
    re.VERBOSE,
)
_FIELD_AFTER_DOTS = re.compile(r"(?:\\.|[^ \t\r\n.,\[\]$@{}\\])+")
_SLICE = re.compile(r"(-?\d*)(:-?\d*)?(:-?\d*)?")
_COMPARISON = re.compile(r"([^!<>=]+)([!<>=]+)(.+)")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
RANGE, END = "range", "end"


class Action(Struct, frozen=True):
    """What stands in one pair of braces, or text between two. ``keyword`` is ``range``, ``end`` or ""."""

    steps: tuple[Step, ...]
    keyword: str = ""

    def results(self, value: Any) -> list[Any]:
        return _follow(self.steps, [value])


class Template(Struct, frozen=True):
    actions: tuple[Action, ...]

    def groups(self, document: Any) -> list[list[Any]]:
        """What each action found, in the order in which it is printed. Raises BadInput where the document does not bear a path."""
        return list(_run(self.actions, document))

    def text(self, document: Any) -> str:
        """As kubectl prints it: values of one action with a blank between, maps and lists as JSON."""
        from kubectl_kcp.render.as_go import json_text, plain_text

        def shown(value: Any) -> str:
            return json_text(value) if isinstance(value, (dict, list, tuple)) else "null" if value is None else plain_text(value)

        return "".join(" ".join(map(shown, found)) for found in self.groups(document))


def parse(template: str) -> Template:
    """Raises BadInput with what is wrong, in kubectl's words."""
    actions: list[Action] = []
    at, depth = 0, 0
    while at < len(template):
        start = template.find("{", at)
        if start < 0:
            start = len(template)
        if start > at:
            actions.append(Action((_constant(template[at:start]),)))
        if start == len(template):
            break
        action, at = _action(template, start + 1)
        depth += (action.keyword == RANGE) - (action.keyword == END)
        if depth < 0:
            raise BadInput("not in range, nothing to end")
        actions.append(action)
    if depth:
        raise BadInput("a {range} has no {end}")
    return Template(tuple(actions))


def _action(text: str, at: int) -> tuple[Action, int]:
    """The action that begins at ``at``, and where the text goes on after its ``}``."""
    steps: list[Step] = []
    keyword = ""
    while not text.startswith("}", at):
        if at >= len(text) or text[at] in "\r\n":
            raise BadInput("unclosed action")
        token = _TOKEN.match(text, at)
        if token is None:
            raise BadInput("unterminated array" if text[at] == "[" else f"unrecognized character in action: {text[at]!r}")
        at = token.end()
        kind = token.lastgroup if token.lastgroup not in ("inside", "name") else "array" if token["array"] else "field"
        if kind == "filter":
            step, at = _filter(text, at)
            steps.append(step)
        elif kind == "recursive":
            steps.append(_descendants)
            if (name := _FIELD_AFTER_DOTS.match(text, at)) is not None:
                steps.append(_field(name.group()))
                at = name.end()
        elif kind == "word" and token["word"] in (RANGE, END):
            keyword = token["word"]
        elif kind == "word":
            steps.append(_constant(_boolean(token["word"])))
        else:
            steps += _simple(kind or "", token)
    return Action(tuple(steps), keyword), at + 1


def _boolean(word: str) -> bool:
    if word not in ("true", "false"):
        raise BadInput(f"unrecognized identifier {word}")
    return word == "true"


def _simple(kind: str, token: re.Match[str]) -> list[Step]:
    if kind == "field":
        return [_field(token["name"])]
    if kind == "array":
        return _array(token["inside"])
    if kind == "quoted":
        return [_constant(_unquoted(token["quoted"]))]
    if kind == "number":
        return [_constant(_number(token["number"]))]
    return []  # blanks, and @ or $: the current object


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            raise BadInput(f"cannot parse number {text}") from None


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[1:-1])


def _array(inside: str) -> list[Step]:
    if "," in inside:
        parts = [_array(part.strip(" ")) for part in inside.split(",")]
        return [lambda values: [v for steps in parts for v in _follow(steps, values)]]
    if re.fullmatch(r"'[^']*'", inside):
        action, _ = _action(f".{inside[1:-1]}}}", 0)
        return list(action.steps)
    params = _SLICE.fullmatch(":" if inside == "*" else inside)
    if params is None:
        raise BadInput(f"invalid array index {inside}")
    first, end, step = params[1], params[2], params[3]
    if not first and end is None:
        raise BadInput(f"invalid array index {inside}")
    return [lambda values: [v for value in values if value is not None for v in _sliced(value, first, end, step)]]


def _sliced(value: Any, first: str, end: str | None, step: str | None) -> list[Any]:
    """client-go's evalArray: what lies outside is an error, not nothing. ``end`` and ``step`` begin with their colon."""
    if not isinstance(value, (list, tuple)):
        raise BadInput(f"{_kind(value)} is not array or slice")
    length = len(value)
    begin = int(first or 0)
    stop = begin + 1 if end is None else int(end[1:]) if end[1:] else length
    derived = end is None
    begin += length if begin < 0 else 0
    stop += length if stop < 0 or (stop == 0 and derived) else 0
    if begin == stop:
        return []
    if not 0 <= begin < length:
        raise BadInput(f"array index out of bounds: index {begin}, length {length}")
    if not 0 <= stop <= length:
        raise BadInput(f"array index out of bounds: index {stop - 1}, length {length}")
    if begin > stop:
        raise BadInput(f"starting index {begin} is greater than ending index {stop}")
    every = int(step[1:]) if step and step[1:] else 1
    if every <= 0:
        raise BadInput("step must be > 0")
    return list(value[begin:stop:every])


def _filter(text: str, at: int) -> tuple[Step, int]:
    quoted = ""
    end = at
    while end < len(text) and text[end] != "\n":
        ch = text[end]
        if quoted:
            quoted = "" if ch == quoted and text[end - 1] != "\\" else quoted
        elif ch in "\"'":
            quoted = ch
        elif ch == ")":
            break
        end += 1
    if end >= len(text) or text[end] != ")":
        raise BadInput("unterminated filter")
    if not text.startswith("]", end + 1):
        raise BadInput("unclosed array expect ]")
    inside = text[at:end]
    sides = _COMPARISON.fullmatch(inside)
    left, _ = _action((sides[1] if sides else inside) + "}", 0)
    right, _ = _action((sides[3] if sides else "") + "}", 0)
    if sides and sides[2] not in _COMPARE:
        raise BadInput(f"unrecognized filter operator {sides[2]}")
    compare = _COMPARE[sides[2]] if sides else None
    return lambda values: [item for value in values for item in _kept(value, left, right, compare)], end + 2


def _kept(value: Any, left: Action, right: Action, compare: Callable[[Any, Any], bool] | None) -> Iterator[Any]:
    if not isinstance(value, (list, tuple)):
        raise BadInput(f"{_kind(value)} is not array or slice and cannot be filtered")
    for item in value:
        lefts = left.results(item)
        if compare is None:
            if lefts:
                yield item
            continue
        rights = right.results(item) if lefts else []
        if len(lefts) > 1 or len(rights) > 1:
            raise BadInput("can only compare one element at a time")
        if lefts and rights and _compared(compare, lefts[0], rights[0]):
            yield item


def _compared(compare: Callable[[Any, Any], bool], one: Any, other: Any) -> bool:
    if isinstance(one, bool) is not isinstance(other, bool) or isinstance(one, str) is not isinstance(other, str):
        raise BadInput("incompatible types for comparison")
    try:
        return bool(compare(one, other))
    except TypeError:
        raise BadInput("invalid type for comparison") from None


def _constant(value: Any) -> Step:
    return lambda values: [value] * (1 if isinstance(value, str) else len(values))


def _field(written: str) -> Step:
    if written == "*":
        return lambda values: [child for value in values for child in _children(value)]
    name = written.replace("\\", "")
    return lambda values: [value[name] for value in values if isinstance(value, dict) and name in value]


def _children(value: Any) -> Sequence[Any]:
    return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, (list, tuple)) else []


def _descendants(values: list[Any]) -> list[Any]:
    found = []
    for value in values:
        if children := _children(value):
            found.append(value)
            found += _descendants(list(children))
    return found


def _follow(steps: Sequence[Step], values: list[Any]) -> list[Any]:
    for step in steps:
        values = step(values)
    return values


def _run(actions: Sequence[Action], value: Any) -> Iterator[list[Any]]:
    at = 0
    while at < len(actions):
        action = actions[at]
        found = action.results(value)
        if action.keyword == RANGE:
            end = _end_of(actions, at)
            for item in found:
                yield from _run(actions[at + 1 : end], item)
            at = end
        else:
            yield found
        at += 1


def _end_of(actions: Sequence[Action], start: int) -> int:
    depth = 0
    for at in range(start, len(actions)):
        depth += (actions[at].keyword == RANGE) - (actions[at].keyword == END)
        if depth == 0:
            return at
    return len(actions)


def _kind(value: Any) -> str:
    return "map" if isinstance(value, dict) else type(value).__name__

"""Label selectors as kubectl reads them, for sources that must match them themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from kubectl_kcp.errors import UsageError

_TERM = re.compile(
    r"\s*(?:(?P<not>!)\s*(?P<absent>[\w./-]+)"
    r"|(?P<key>[\w./-]+)\s*(?:(?P<op>==|!=|=)\s*(?P<value>[\w.-]*)|\s(?P<set>in|notin)\s*\((?P<values>[^)]*)\))?)\s*(?:,|$)"
)


class _Term(Struct, frozen=True):
    key: str
    values: frozenset[str] | None
    negated: bool

    def matches(self, labels: Mapping[str, str]) -> bool:
        if self.values is None:
            return (self.key in labels) is not self.negated
        if self.negated:
            return labels.get(self.key) not in self.values
        return labels.get(self.key) in self.values


class Selector(Struct, frozen=True):
    """``a=b,c!=d,e in (f,g),h,!i``: all terms must hold (apimachinery ``labels.Parse``)."""

    terms: tuple[_Term, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Selector:
        """Raises UsageError."""
        terms, at = [], 0
        while at < len(text.rstrip()):
            m = _TERM.match(text, at)
            if m is None or m.end() == at:
                raise UsageError(
                    f"label selector {text!r}: cannot read {text[at:]!r}", "write it as for kubectl: -l key=value,other!=value"
                )
            at = m.end()
            if m["absent"]:
                terms.append(_Term(m["absent"], None, True))
            elif m["set"]:
                terms.append(_Term(m["key"], frozenset(v.strip() for v in m["values"].split(",")), m["set"] == "notin"))
            elif m["op"]:
                terms.append(_Term(m["key"], frozenset({m["value"]}), m["op"] == "!="))
            else:
                terms.append(_Term(m["key"], None, False))
        return cls(tuple(terms))

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(t.matches(labels) for t in self.terms)

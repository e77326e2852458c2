"""Which stacks, and which of their frames, are looked at: the options of go tool pprof of the same names."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import astuple


class Selection(Struct, frozen=True):
    """Regular expressions, "" for none. ``focus``, ``ignore``, ``show``, ``hide`` and ``show_from`` match a function, its file or its
    binary; ``tag_focus`` and ``tag_ignore`` are those of :mod:`kubectl_kcp.pprof.tags`."""

    focus: str = ""
    ignore: str = ""
    show: str = ""
    hide: str = ""
    show_from: str = ""
    tag_focus: str = ""
    tag_ignore: str = ""

    @property
    def asked(self) -> bool:
        return any(astuple(self))


ALL = Selection()

"""What may reach a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_kcp.printable import one_line, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ü, 工程, …", "plain, ü, 工程, …"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("a\r\nb\tc\u00a0d\u2028e", "a  b c d e"),
        ("nul\0", "nul\\x00"),
        ("admin\u202egnp\u2066.\u200b", "admin\\u202egnp\\u2066.\\u200b"),
        ("\udc80", "\\udc80"),
    ],
)
def test_a_line(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_lines_stay_lines_and_nothing_else_ends_one() -> None:
    assert printable("a\n\x1b[2Jb\r\n\x85c\n") == "a\n\\x1b[2Jb \n c\n"


@given(st.text())
def test_twice_is_once(text: str) -> None:
    shown = one_line(text)
    assert shown.isprintable()
    assert one_line(shown) == printable(shown) == shown

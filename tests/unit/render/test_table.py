"""Tables, plain and as Markdown."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import wcswidth

from kubectl_kcp.render.table import Column, Grid, grid, markdown, plain, table

COLUMNS: list[Column[tuple[object, ...]]] = [
    Column("NAME", lambda r: r[0]),
    Column("COUNT", lambda r: r[1], right=True),
    Column("WHY", lambda r: r[2], wide=True),
]


def test_it_is_as_kubectl_prints_it() -> None:
    rows = [("core", 7, "x"), ("kcp", 1e3, None), ("", None, "")]
    assert table(rows, COLUMNS) == "NAME   COUNT\ncore       7\nkcp   1000.0\n-          -"
    assert table(rows, COLUMNS, wide=True).splitlines()[0] == "NAME   COUNT  WHY"
    assert table(rows, COLUMNS, headers=False).splitlines()[0] == "core       7"


def test_figures_stay_as_they_are_written() -> None:
    rows = [("1e5", "0x1f", ""), ("00:10", "1_000", ""), ("-0.50", "nan", ""), ("1.10", "True", "")]
    assert [line.split() for line in table(rows, COLUMNS, headers=False).splitlines()] == [[str(a), str(b)] for a, b, _ in rows]


def test_no_rows_are_no_table() -> None:
    assert table([], COLUMNS) == markdown(grid([], COLUMNS)) == ""


def test_characters_of_two_columns() -> None:
    lines = table([("工程", 1, ""), ("abcd", 22, "")], COLUMNS).splitlines()
    assert len({wcswidth(line) for line in lines}) == 1


def test_markdown_says_what_was_there() -> None:
    drawn = markdown(grid([("a|b", 1, "<b>"), ("c\\", 22, "[x](y) `z` *")], COLUMNS, wide=True))
    assert drawn.splitlines()[1].replace("-", "") == "|:|:|:|"
    assert drawn.splitlines()[2:] == [
        r"| a\|b   |       1 | \<b>             |",
        r"| c\\    |      22 | \[x](y) \`z\` \* |",
    ]


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=5))
def test_whatever_a_cell_holds_a_row_is_one_line_without_trailing_blanks(rows: list[tuple[str, str]]) -> None:
    drawn: Grid = grid(rows, [Column("A", lambda r: r[0]), Column("B", lambda r: r[1], right=True)])
    lines = plain(drawn).split("\n")
    assert len(lines) == len(rows) + 1
    assert all(line.isprintable() and line == line.rstrip() for line in lines)
    assert len(markdown(drawn).split("\n")) == len(rows) + 2

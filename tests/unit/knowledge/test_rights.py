"""docs/rights.md says what the table of rights holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_kcp.knowledge.rights import ROLES, Role, Rule, all_rules

PAGE = Path(__file__).parents[3] / "docs/rights.md"


def row(role: Role, rule: Rule) -> str:
    """One line of the page's table."""
    group = f".{rule.groups[0]}" if rule.groups and rule.groups[0] else ""
    targets = [f"`{u}`" for u in rule.urls] + [f"`{r}{group}`" for r in rule.resources]
    named = f" `{rule.names[0]}`" if rule.names else ""
    right = f"{', '.join(rule.verbs)} {', '.join(targets)}{named}"
    cells = [role.name.removeprefix("kubectl-kcp-"), right, rule.what, ", ".join(rule.commands), rule.without]
    return f"| {' | '.join(cells)} |"


def is_row(line: str) -> bool:
    return line.startswith("| ") and line.count("|") == 6


def test_the_page_has_a_row_for_each_rule(request: pytest.FixtureRequest) -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    at = [n for n, line in enumerate(lines) if is_row(line)]
    head, wanted = at[0], [row(role, rule) for role, rule in all_rules()]
    known = [lines[n] for n in at[1:]]
    if known != wanted and request.config.getoption("--update"):
        made = [*lines[: head + 2], *wanted, *lines[at[-1] + 1 :]]
        PAGE.write_text("\n".join(made) + "\n", encoding="utf-8")
    assert known == wanted, "run with --update and look"


def test_the_page_names_every_option_that_adds_a_role() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"`{role.flag}`" in text for role in ROLES if role.flag)

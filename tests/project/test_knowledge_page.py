"""docs/knowledge.md is made of the tables of kubectl_kcp/knowledge."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import pytest

from kubectl_kcp.knowledge import cluster_cache, diagnostics
from kubectl_kcp.knowledge.kcp_versions import BEHAVIOURS, OTHER_CONTROL_PLANES
from kubectl_kcp.knowledge.key_sizes import KEY_SIZES, MB
from kubectl_kcp.knowledge.kubeconfig_use import USES
from kubectl_kcp.knowledge.metric_names import ROWS
from kubectl_kcp.knowledge.releases import releases, supported
from kubectl_kcp.model.version import Version

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/knowledge.md"
ROOM = ROOT / "kubectl_kcp/knowledge"
HEAD = """# How it knows

What differs from one version of Cluster API to the next is in tables, each row with its source. A version that is newer than a table is
unknown: then a state is UNKNOWN, with that as its reason, and nothing is guessed. This page is made of the tables by
`pytest tests/project/test_knowledge_page.py --update`; [extending.md](extending.md) says how to add a row.
"""


def named(version: Version) -> str:
    return f"{version.major}.{version.minor}" + (f".{version.patch}" if version.patch else "")


def until(first: Version, before: Version | None) -> str:
    return f"{named(first)} and later" if before is None else f"{named(first)} up to, not including, {named(before)}"


def table(heads: str, rows: Iterable[tuple[object, ...]]) -> str:
    lines = [
        heads,
        "|" + "---|" * (heads.count("|") - 1),
        *(f"| {' | '.join(str(c).replace('|', chr(92) + '|') for c in row)} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def sentence(path: Path) -> str:
    """The first of a module's docstring."""
    text = " ".join((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split())
    return text.partition(". ")[0].rstrip(".").replace("``", "`").replace("|", "\\|")


def credentials() -> str:
    rows = [
        (
            until(r.first, r.before) + "".join(f", and {named(p)} and later of that minor" for p in r.patched),
            r.caching.value,
            r.what,
            r.source,
        )
        for r in BEHAVIOURS
    ]
    others = "".join(f"\n{kind}: {what}.\n" for kind, what in OTHER_CONTROL_PLANES.items())
    return table("| Cluster API | keeps | KCP ... | source |", rows) + others


def metrics() -> str:
    rows = []
    for quantity, of in groupby(ROWS, lambda r: r.quantity):
        same = list(of)
        rows.append((quantity.value, ", then ".join(f"`{r.name}`" for r in same), "; ".join(dict.fromkeys(r.source for r in same))))
    return table("| quantity | metric, newest name first | source |", rows)


def minors() -> str:
    known = releases()
    rows = []
    for (major, minor), of in groupby(known, lambda v: (v.major, v.minor)):
        latest = max(of, key=lambda v: v.key)
        ranges = []
        for management in (True, False):
            found = supported(latest, management)
            ranges.append("-" if found is None else "{}.{} to {}.{}".format(*found[0], *found[1]))
        rows.append((f"{major}.{minor}", named(latest), *ranges))
    return table("| minor | latest known release | Kubernetes of the management cluster | of workload clusters |", reversed(rows))


def served() -> str:
    return (
        f"From {named(diagnostics.SINCE)} on `--diagnostics-address` (`:8443`, TLS, token); before, `--metrics-bind-addr` and "
        f"`--profiler-address`.\nConnections of the ClusterCache show in metrics from {named(cluster_cache.FIRST)} on.\n"
    )


def page() -> str:
    parts = (
        ("KCP's credential for etcd", credentials()),
        (
            "The kubeconfig of a workload cluster",
            table("| Cluster API | the controller ... | source |", [(until(u.first, u.before), u.what, u.source) for u in USES]),
        ),
        (
            "Where metrics and profiles are served",
            served(),
        ),
        ("Metrics", metrics()),
        (
            "Bytes of an RSA-2048 key",
            table(
                "| Go | MB allocated | source |",
                [
                    (f"1.{k.first} up to, not including, 1.{k.before}", f"{k.low / MB:.1f} to {k.high / MB:.1f}", k.source)
                    for k in KEY_SIZES
                ],
            ),
        ),
        ("Releases", "Faults that each release fixed lie beside them, from Cluster API's CHANGELOG.\n\n" + minors()),
        (
            "All tables",
            table(
                "| file | holds |",
                [
                    (f"[{p.name}](../kubectl_kcp/knowledge/{p.name})", sentence(p))
                    for p in sorted(ROOM.glob("*.py"))
                    if p.stem != "__init__"
                ],
            ),
        ),
    )
    return HEAD + "".join(f"\n## {title}\n\n{text}" for title, text in parts)


def test_the_page_is_made_of_the_tables(request: pytest.FixtureRequest) -> None:
    known, made = PAGE.read_text(encoding="utf-8") if PAGE.exists() else "", page()
    if known != made and request.config.getoption("--update"):
        PAGE.write_text(made, encoding="utf-8")
    assert known == made, "run with --update and look"

"""The program's name alone: where to begin."""

from __future__ import annotations

from textwrap import indent

from kubectl_kcp.cli.terminal import program, write_out
from kubectl_kcp.render.table import Grid, plain

BEGIN = (
    ("demo", "see the main commands on embedded bundles, without a cluster"),
    ("access check", "see whether you have the rights that the commands need"),
    ("doctor -A", "everything that is wrong, root cause first"),
)
QUESTIONS = (
    ("certs status -A", "which certificates end soon, and is etcd's credential stale?"),
    ("profile", "what does a controller's CPU or memory go to?"),
    ("top", "who is busy, late or throttled?"),
    ("etcd status -A", "how are the workload clusters' etcd?"),
    ("bundle FILE", "what do I attach to a bug report?"),
)


def begin() -> None:
    name = program()

    def lines(rows: tuple[tuple[str, str], ...]) -> str:
        return indent(plain(Grid(("", ""), tuple((f"{name} {words}", why) for words, why in rows), (False, False)), headers=False), "  ")

    write_out(f"{name} diagnoses the control plane of a Cluster API management cluster: what is wrong, how it knows, what to do.\n")
    write_out(f"Begin:\n{lines(BEGIN)}\n\nOne question:\n{lines(QUESTIONS)}\n")
    write_out(f"{name} --help lists all commands, {name} COMMAND --help a command's options.")

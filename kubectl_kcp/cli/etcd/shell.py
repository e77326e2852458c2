"""``etcd shell``: a local command that finds a cluster's etcd and a credential for it in its environment."""

from __future__ import annotations

import os

import click

from kubectl_kcp.cli.completing import complete_clusters
from kubectl_kcp.cli.options import NO_ETCD, SourceOptions, Where, open_cluster, scope_options, source_options
from kubectl_kcp.cli.terminal import err_width, program, write_err
from kubectl_kcp.errors import UsageError
from kubectl_kcp.etcd.shell import Target
from kubectl_kcp.render.text import failure_lines

KEY = "ETCDCTL_KEY"
"""Names the key's file in the command's environment: no other run's is called the same."""


@click.command()
@click.argument("cluster", shell_complete=complete_clusters)
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND [ARG]...]")
@scope_options(selector=False)
@click.option("--member", default="", metavar="NAME", help="Only this member: its node, Pod, URL or name in etcd.")
@click.option("--reason", default="requested by an operator", show_default=True, metavar="TEXT", help="Why, for the Event.")
@click.option(
    "--insecure-skip-tls-verify", "skip_verify", is_flag=True, help="Go on where etcd's certificate names no address of loopback."
)
@source_options()
def shell(
    cluster: str, command: tuple[str, ...], where: Where, member: str, reason: str, skip_verify: bool, source_from: SourceOptions
) -> int:
    """Run COMMAND (etcdctl, or without one your shell) on this machine with ETCDCTL_* set for the etcd of CLUSTER.

    It has full rights on that etcd until it ends; an Event on the Cluster says so first. Its exit code is ours.
    """
    from kubectl_kcp.changes.live import LiveChanger
    from kubectl_kcp.etcd.shell import check_names, way
    from kubectl_kcp.gather.etcd_shell import look, one_cluster, record
    from kubectl_kcp.knowledge.etcdctl import told
    from kubectl_kcp.machine.local_command import find, run, still_running

    if os.name != "posix":
        raise UsageError("etcd shell needs Linux or macOS: here a credential would have to be written to a disk")
    command = command or (os.environ.get("SHELL") or "/bin/sh",)
    find(command[0])
    with open_cluster(source_from, NO_ETCD) as source:
        found, failures = one_cluster(source, where.scope(source, (cluster,)))
        target = look(found, source.etcd(found), member)
        check_names(target, skip_verify)
        for line in failure_lines((*failures, *target.away), program(), columns=err_width()):
            write_err(line)
        record(LiveChanger(source.api), target, told(command), reason)
        with way(target, os.environ, skip_verify) as opened:
            if not source_from.quiet:
                write_err(_banner(target, command))
            code = run(command, opened.environment)
            for problem in opened.problems if code else ():
                write_err(f"warning: {problem}")
            for left in still_running(KEY, opened.environment[KEY]):
                write_err(f"warning: still running, with what it has read of the credential: {left}")
    return code


def _banner(target: Target, command: tuple[str, ...]) -> str:
    members = ", ".join(a.endpoint for a in target.members)
    until = target.etcd.leaf().not_after
    ends = f" until {until:%H:%M:%SZ}" if until.year < 9999 else ""
    return f"etcd of {target.cluster.ref} ({members}) for {os.path.basename(command[0])}, with full rights{ends}"  # noqa: PTH119

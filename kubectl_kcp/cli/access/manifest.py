"""``access manifest``."""

from __future__ import annotations

import click

from kubectl_kcp.cli.terminal import write_out
from kubectl_kcp.errors import UsageError
from kubectl_kcp.knowledge.rights import NAMESPACE

KINDS = ("User", "Group", "ServiceAccount")


@click.command()
@click.option(
    "--subject",
    default="Group:kubectl-kcp",
    show_default=True,
    metavar="KIND:NAME",
    help="Who gets them: User, Group or ServiceAccount:NS/NAME.",
)
@click.option("--with-secrets", is_flag=True, help="Also get and list on Secrets: certificates, etcd, --verify.")
@click.option("--with-flush", is_flag=True, help="Also what certs flush and certs regenerate change.")
@click.option("--with-etcd-shell", is_flag=True, help="Also the Event that etcd shell writes; it needs --with-secrets, too.")
@click.option("--with-log-level", is_flag=True, help="Also, for the ServiceAccount: log-level set and reset.")
@click.option("--namespace", default=NAMESPACE, show_default=True, help="Where the ServiceAccount for diagnostics endpoints lives.")
def manifest(subject: str, namespace: str, **flags: bool) -> None:
    """Print the roles that the commands need, for kubectl apply. Reads and changes no cluster."""
    from kubectl_kcp.render.rights_manifest import manifest as text

    given = [f"--{name.replace('_', '-')}" for name, value in flags.items() if value]
    write_out(text(namespace, parse_subject(subject), given))


def parse_subject(words: str) -> dict[str, str]:
    """Raises UsageError."""
    kind, _, name = words.partition(":")
    owner, _, account = name.partition("/")
    if kind not in KINDS or not name or (kind == "ServiceAccount" and not account):
        raise UsageError(f"--subject {words}: write User:jane, Group:operators or ServiceAccount:NAMESPACE/NAME")
    return {"kind": kind, "name": account, "namespace": owner} if kind == "ServiceAccount" else {"kind": kind, "name": name}

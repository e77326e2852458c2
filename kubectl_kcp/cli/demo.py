"""``demo``: the commands on embedded bundles of real management clusters, without a cluster."""

from __future__ import annotations

import click

from kubectl_kcp.cli.main import root

STEPS = (
    (
        (
            "After an etcd CA change a KubeadmControlPlane controller (KCP) of 1.12 or later is locked out of that etcd for up to a day, "
            "and its condition says only 'context deadline exceeded'. Which cluster, and how do we know?"
        ),
        ("certs", "status", "--bundle", "demo:stale-credential"),
    ),
    (
        "Another management cluster: KCP 1.4.2, 10 idle clusters. Which controller is hungry?",
        ("top", "--bundle", "demo:issue-8602"),
    ),
    ("And why?", ("profile", "--bundle", "demo:issue-8602", "--controller", "kcp")),
)


@click.command()
@click.pass_context
def demo(ctx: click.Context) -> None:
    """Show the main commands on embedded bundles of real management clusters. Needs no cluster and no kubeconfig."""
    from kubectl_kcp.cli.terminal import program, width, write_out
    from kubectl_kcp.render.text import wrap

    name = program()
    for text, command in STEPS:
        for line in wrap(text, width() - 2):
            write_out(f"# {line.strip()}")
        write_out(f"$ {name} {' '.join(command)}")
        root.main(args=list(command), prog_name=name, standalone_mode=False)
        write_out("")

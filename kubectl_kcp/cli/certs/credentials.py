"""``certs credentials``: what KCP caches for each cluster, and how we know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import click
from msgspec.structs import replace

from kubectl_kcp.cli.certs.common import Ask, fail_on, unjudged, verify_option
from kubectl_kcp.cli.completing import complete_clusters
from kubectl_kcp.cli.fleet import attended, only_problems_option
from kubectl_kcp.cli.looking import look_at
from kubectl_kcp.cli.options import SourceOptions, Where, scope_options, source_options
from kubectl_kcp.cli.output import TABLES, Output, output_options
from kubectl_kcp.findings.credential import credential_findings
from kubectl_kcp.findings.kubeconfig import held_finding
from kubectl_kcp.findings.order import told
from kubectl_kcp.gather.certs import Certificates
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.certificate import ClusterStatus
from kubectl_kcp.model.controller import KCP_PROVIDER
from kubectl_kcp.model.credential import SERIOUS, CredentialState
from kubectl_kcp.model.held_kubeconfig import HeldKubeconfig
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.view import Parts, View
from kubectl_kcp.sources.interface import Source


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...", shell_complete=complete_clusters)
@scope_options()
@output_options(*TABLES, "name", fail_on=("stale", "suspect"))
@verify_option(serving=False)
@only_problems_option
@source_options(many=True, secrets=True)
def credentials(clusters: tuple[str, ...], where: Where, out: Output, verify: bool, only_problems: bool, source_from: SourceOptions) -> int:
    """The etcd client credentials that KCP caches: their state, and the evidence for it.

    KUBECONFIG says whether KCP goes to the cluster with the kubeconfig of now: an old one keeps it from etcd, too.

    With CLUSTER arguments all evidence is shown; without, a table, and the evidence for those in trouble.
    """
    from kubectl_kcp.gather.kubeconfigs import kcp_kubeconfigs

    ask = Ask(where, clusters, timedelta(), verify, serving=False)

    def look(source: Source, show: Progress) -> View:
        found = ask.look(source, show)
        kubeconfigs, failures = kcp_kubeconfigs(source, found)
        failures = tuple(f for f in failures if f not in found.failures)
        every = replace(found, failures=(*found.failures, *failures))
        return view(every, kubeconfigs, where.at(source), bool(clusters), out.fail_on, only_problems)

    return look_at(source_from, out, lambda source: partial(look, source), clusters)


def view(
    found: Certificates, kubeconfigs: Mapping[Ref, HeldKubeconfig], where: Where, named: bool, words: tuple[str, ...], only: bool = False
) -> View:
    """``named``: the clusters were given, so a table without all columns is a text about each."""
    from kubectl_kcp.render.certs import credential_text, credentials_table
    from kubectl_kcp.render.certs_json import credential_data, kubeconfig_data
    from kubectl_kcp.render.listing import listing

    credentials = list(credential_findings((i.cluster.ref, i.credential) for i in found.items))
    spoken_of = {f.subject.ref for f in credentials}
    findings = told([*credentials, *(f for ref, held in kubeconfigs.items() for f in held_finding(ref, KCP_PROVIDER, held))])

    def troubled(item: ClusterStatus) -> bool:
        return item.credential.state in (*SERIOUS, CredentialState.UNKNOWN)

    items, attention = attended(found.items, lambda i: i.cluster.ref, findings, troubled, only)

    def parts(wide: bool, reader: Reader) -> Parts:
        if named and not wide:
            return [credential_text(str(i.cluster.ref), i.credential, reader, i.cluster.ref in spoken_of) for i in items]
        return (credentials_table(items, kubeconfigs, wide),)

    def document(program: str) -> dict[str, Any]:
        return listing("CredentialList", [row(i, program) for i in items], found.failures, program)

    def row(item: ClusterStatus, program: str) -> dict[str, Any]:
        ref = item.cluster.ref
        kubeconfig = kubeconfig_data(kubeconfigs[ref], program) if ref in kubeconfigs else None
        return {"namespace": ref.namespace, "name": ref.name, **credential_data(item.credential, program), "kubeconfig": kubeconfig}

    return View(
        findings=findings,
        brief=False,
        parts=parts,
        document=document,
        names=[f"cluster.cluster.x-k8s.io/{i.cluster.name}" for i in items],
        failures=(*found.failures, *unjudged(words, found.items)),
        alarm=fail_on(words, found.items),
        attention=None if named else attention,
        nothing=attention.line or where.nothing,
    )

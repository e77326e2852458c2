"""``doctor``: all findings of one gathering, root cause first."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import click

from kubectl_kcp.cli.certs.common import within_option
from kubectl_kcp.cli.completing import complete_bundles, complete_clusters, complete_codes
from kubectl_kcp.cli.looking import look_at
from kubectl_kcp.cli.options import Duration, SourceOptions, Where, scope_options, source_options
from kubectl_kcp.cli.output import TABLES, Output, output_options
from kubectl_kcp.cli.store import StoreOptions, past, store_options
from kubectl_kcp.errors import UsageError
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.finding import WEIGHT, Severity
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.view import Parts, View
from kubectl_kcp.sources.interface import Source

if TYPE_CHECKING:
    from kubectl_kcp.model.diagnosis import Diagnosis
    from kubectl_kcp.model.estate import Estate
    from kubectl_kcp.model.version import Version

SEVERITIES = [s.value for s in Severity]
FAIL_ON = ("error", "warning", "never")


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...", shell_complete=complete_clusters)
@scope_options()
@click.option("--only", multiple=True, metavar="CODE", help="Look for this finding only; may be repeated.")
@click.option("--skip", multiple=True, metavar="CODE", help="Leave this finding out; may be repeated.")
@click.option(
    "--suppress",
    multiple=True,
    metavar="CODE[:SUBJECT]",
    shell_complete=complete_codes,
    help="Do not report this finding, for one object or for all; a list tells what was left out.",
)
@click.option(
    "--min-severity",
    type=click.Choice(SEVERITIES),
    default="info",
    show_default=True,
    help="Show no finding that is less severe than this.",
)
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="error",
    show_default=True,
    help="Exit 1 where a finding is as severe as this, or worse.",
)
@click.option("--before-upgrade", "upgrade", metavar="VERSION", help="What an upgrade to this Cluster API or Kubernetes would bring.")
@click.option("--window", type=Duration(), default="5s", show_default=True, help="Time between the two looks that rates come from.")
@within_option
@click.option("--verify", is_flag=True, help="Try each etcd, API server and webhook, and judge what they show.")
@click.option(
    "--baseline",
    metavar="BUNDLE",
    shell_complete=complete_bundles,
    help="An earlier bundle of it: what has grown since in the same processes.",
)
@output_options(*TABLES, "html", "junit", "openmetrics", tables=False)
@store_options
@source_options(diagnostics=True, many=True, secrets=True)
def doctor(
    clusters: tuple[str, ...],
    where: Where,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    suppress: tuple[str, ...],
    min_severity: str,
    fail_on: str,
    upgrade: str | None,
    window: float,
    within: timedelta | None,
    verify: bool,
    baseline: str | None,
    out: Output,
    store: StoreOptions,
    source_from: SourceOptions,
) -> int:
    """Look at everything, and tell what is wrong: the root cause first, what follows from it below.

    What is well is not listed: one line says what was looked at. CLUSTER is NAME or NAMESPACE/NAME; without one, all
    clusters of the namespace, or of all with -A. With --since, a store of metrics tells since when each is so.
    """
    from kubectl_kcp.findings.diagnose import Choice, diagnose
    from kubectl_kcp.gather.estate import Wanted, gather_estate

    choice = Choice(only, skip, Severity(min_severity), suppress, _version(upgrade))
    choice.check()

    if baseline is not None and source_from.many is not None:
        raise UsageError("--baseline is for one management cluster: not with --contexts, --all-contexts or --bundles")
    history = past(store, source_from)

    def look(source: Source, show: Progress) -> View:
        with _earlier(baseline) as base:
            wanted = Wanted(where.scope(source, clusters), window, within, history, verify=verify, baseline=base)
            estate = gather_estate(source, wanted, show)
        return view(diagnose(estate, choice), estate, fail_on)

    return look_at(source_from, out, lambda source: partial(look, source), clusters)


def _earlier(bundle: str | None) -> AbstractContextManager[Source | None]:
    from kubectl_kcp.sources.bundle.open import open_bundle

    return nullcontext() if bundle is None else open_bundle(bundle)


def _version(text: str | None) -> Version | None:
    from kubectl_kcp.model.version import Version

    if text is None:
        return None
    found = Version.parse(text)
    if found is None:
        raise UsageError(f"--before-upgrade {text}: not a version", "write v1.14.2 for Cluster API, v1.36.1 for Kubernetes")
    return found


def _failed(found: Diagnosis, fail_on: str) -> bool:
    return fail_on != "never" and any(WEIGHT[f.severity] <= WEIGHT[Severity(fail_on)] for f in found.findings)


def view(found: Diagnosis, estate: Estate, fail_on: str) -> View:
    from kubectl_kcp.findings.catalogue import CATALOGUE
    from kubectl_kcp.render import doctor as views

    def page(reader: Reader) -> str:
        from kubectl_kcp.render.report import report

        return report(found, estate, reader.program)

    def beside(wide: bool, reader: Reader) -> Parts:
        return views.summary(found, wide), views.told(found, reader, wide)

    return View(
        parts=lambda wide, reader: [views.text(found, reader, wide)],
        document=lambda program: views.document(found, program),
        pages={
            "markdown": lambda reader: views.markdown(found, reader),
            "junit": lambda reader: views.junit(found, list(CATALOGUE)),
            "html": page,
            "openmetrics": lambda reader: views.openmetrics(found),
        },
        beside=beside,
        failures=found.failures,
        alarm=_failed(found, fail_on),
    )

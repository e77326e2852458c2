"""``profile``: where a controller's CPU, memory or goroutines go, and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kubectl_kcp.cli.completing import complete_bundles, complete_controllers, complete_files
from kubectl_kcp.cli.options import Duration, SourceOptions, local_option, open_source, refuse_elsewhere, source_options
from kubectl_kcp.cli.profile_store import Kept, from_store, kept_options
from kubectl_kcp.cli.terminal import reader
from kubectl_kcp.errors import ExitCode, UsageError
from kubectl_kcp.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubectl_kcp.machine.parallel import Progress
    from kubectl_kcp.model.finding import Finding
    from kubectl_kcp.model.profile_report import Profiles
    from kubectl_kcp.pprof.analysis import AnalysedProfile
    from kubectl_kcp.sources.interface import Source

KINDS = ("cpu", "heap", "allocs", "goroutine", "block", "mutex")
FORMAT_NAMES = ("causes", "markdown", "top", "tree", "folded", "speedscope", "proto", "json", "html")


@click.command()
@click.argument("kind", type=click.Choice(KINDS), required=False)
@click.option(
    "--controller",
    "controllers",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_controllers,
    help="Only this one: kcp, core, kbp, infra, or a Deployment.",
)
@click.option("--file", "file", metavar="PATH", shell_complete=complete_files, help="Read one profile from a file; - is standard input.")
@click.option("--url", metavar="URL", help="Read one profile from a pprof endpoint, as http://localhost:40001.")
@click.option("--seconds", type=Duration(), default="10s", show_default=True, help="The window of a CPU profile.")
@click.option("-o", "--output", type=click.Choice(FORMAT_NAMES), default="causes", show_default=True, help="What to print.")
@click.option("--sample-type", default="", metavar="TYPE", help="Which values, as alloc_objects (default: as go tool pprof).")
@click.option("--focus", default="", metavar="REGEX", help="Only stacks with a function that matches.")
@click.option("--ignore", default="", metavar="REGEX", help="No stacks with a function that matches.")
@click.option("--sort", type=click.Choice(["flat", "cum"]), help="Order of functions: their own value, or with what they call.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="How many causes or functions of each; 0 for all.")
@click.option(
    "--baseline",
    metavar="PATH",
    shell_complete=complete_bundles,
    help="Show the difference from this profile or bundle; with --from from a TIME, or so much earlier.",
)
@click.option("--to", metavar="PATH", shell_complete=complete_files, help="Write to this file instead of standard output.")
@click.option("--force", is_flag=True, help="Let --to write over a file.")
@click.option("--ca-file", metavar="PATH", shell_complete=complete_files, help="With --url or --from: trust this CA.")
@click.option("--insecure-skip-tls-verify", "insecure", is_flag=True, help="With --url: do not verify the server's certificate.")
@local_option
@kept_options
@source_options(diagnostics=True, many=True)
def profile(
    source_from: SourceOptions,
    kind: str | None,
    controllers: tuple[str, ...],
    file: str | None,
    url: str | None,
    seconds: float,
    output: str,
    sample_type: str,
    focus: str,
    ignore: str,
    sort: str | None,
    limit: int | None,
    baseline: str | None,
    to: str | None,
    force: bool,
    ca_file: str | None,
    insecure: bool,
    local: bool,
    kept: Kept,
) -> int:
    """Profile the controllers and name what their load comes from.

    KIND is cpu (default), heap, allocs, goroutine, block or mutex. Without --file, --url or --bundle all controllers of
    the current cluster are profiled at once.
    """
    from kubectl_kcp.pprof.analysis import analysed
    from kubectl_kcp.pprof.top import Order
    from kubectl_kcp.render.profile.formats import FORMATS, JUDGED, WITH_ERRORS, View

    _check_one(file, url, local, kept, source_from, controllers)
    if to is None and output == "proto" and sys.stdout.isatty():
        raise UsageError("-o proto is not for a terminal", "--to FILE writes it to a file; or pipe it on")
    who = reader()

    def shown(found: Profiles) -> View:
        made = analysed(found.items, sample_type, focus, ignore)
        findings = _verdicts(made) if output in JUDGED else ()
        return View(made, who, findings, found.failures, bool(focus or ignore), Order(sort) if sort else None, limit)

    if source_from.many is not None:
        from kubectl_kcp.cli.profile_beside import profile_beside

        if baseline is not None or to is not None:
            raise UsageError("--baseline and --to are for profiles of one management cluster")
        return profile_beside(source_from, output, lambda source, show: shown(_from_source(source, kind, seconds, controllers, show)))
    if kept.kept_by is not None:
        found, baseline = from_store(kept, source_from, kind, controllers, ca_file, baseline)
    elif file is not None:
        found = _from_file(file, kind)
    elif url is not None:
        found = _from_url(url, kind, seconds, source_from, ca_file, insecure)
    elif local:
        found = _from_here(source_from, kind, seconds, controllers)
    else:
        from kubectl_kcp.cli.progress import progress

        with open_source(source_from) as source, progress(source_from.quiet) as show:
            found = _from_source(source, kind, seconds, controllers, show)
    if baseline is not None:
        found = _against(found, baseline, kind, controllers)
    view = shown(found)
    if found.items or output in WITH_ERRORS:
        _write(FORMATS[output](view), to, force)
    return _outcome(found, output in WITH_ERRORS)


def _check_one(
    file: str | None, url: str | None, local: bool, kept: Kept, source_from: SourceOptions, controllers: tuple[str, ...]
) -> None:
    """One place alone is looked at. With ``--from`` a bundle or a context tells versions. Raises UsageError."""
    if sum(x is not None for x in (file, url, source_from.bundle, source_from.many)) + local > 1:
        raise UsageError("--file, --url, --bundle, --local, --contexts and --bundles exclude each other")
    if kept.asked and (file or url or local or source_from.many):
        raise UsageError("--from and --file, --url, --local, --contexts or --bundles exclude each other")
    if (file or url) and controllers:
        raise UsageError("--controller chooses in a cluster or a bundle, not in one file or URL")


def _verdicts(made: Sequence[AnalysedProfile]) -> tuple[Finding, ...]:
    from kubectl_kcp.findings.profile import verdicts

    return verdicts([a.report for a in made])


def _from_file(path: str, kind: str | None) -> Profiles:
    from kubectl_kcp.gather.profile_file import from_bytes
    from kubectl_kcp.model.profile_report import Profiles
    from kubectl_kcp.sources.file import read_file

    return Profiles((from_bytes(read_file(path), path if path != "-" else "standard input", kind),))


def _from_url(url: str, kind: str | None, seconds: float, options: SourceOptions, ca_file: str | None, insecure: bool) -> Profiles:
    from kubectl_kcp.cli.progress import progress
    from kubectl_kcp.gather.profile_file import from_bytes
    from kubectl_kcp.model.profile_report import Profiles
    from kubectl_kcp.sources.interface import ProfileKind
    from kubectl_kcp.sources.url import Endpoint, fetch, kind_in

    wanted = ProfileKind(kind) if kind else kind_in(url) or ProfileKind.CPU
    token = _token(options.token_file) if options.token_file else ""
    endpoint = Endpoint(url, token, ca_file, insecure, options.request_timeout)
    with progress(options.quiet) as show:
        data = fetch(endpoint, wanted, seconds, lambda passed: show(f"{wanted.value} profile", passed / seconds if seconds else None))
    return Profiles((from_bytes(data, url, wanted.value),))


def _token(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        raise UsageError(f"--token-file {path} cannot be read as a token") from None


def _from_source(source: Source, kind: str | None, seconds: float, controllers: tuple[str, ...], show: Progress) -> Profiles:
    from kubectl_kcp.gather.profile import gather_profiles
    from kubectl_kcp.sources.interface import ProfileKind

    return gather_profiles(source, ProfileKind(kind or "cpu"), seconds, controllers, show)


def _from_here(options: SourceOptions, kind: str | None, seconds: float, controllers: tuple[str, ...]) -> Profiles:
    from kubectl_kcp.cli.progress import progress
    from kubectl_kcp.gather.local import find_local
    from kubectl_kcp.sources.interface import ProfileKind

    refuse_elsewhere(options)
    with progress(options.quiet) as show:
        return find_local(controllers, options.request_timeout, show).profiles(ProfileKind(kind or "cpu"), seconds, show)


def _against(found: Profiles, path: str, kind: str | None, controllers: tuple[str, ...]) -> Profiles:
    from kubectl_kcp.gather import baseline
    from kubectl_kcp.gather.profile import gather_profiles
    from kubectl_kcp.sources.interface import ProfileKind

    if not _is_bundle(path):
        return baseline.against_file(found, _from_file(path, kind).items[0])
    if any(item.controller is None for item in found.items):
        raise UsageError(f"--baseline {path} is a bundle, but a file or a URL tells no controller", "give one of its profiles instead")
    with open_source(SourceOptions(bundle=path)) as source:
        wanted = kind or (found.items[0].kind if found.items else "cpu")
        return baseline.against_bundle(found, gather_profiles(source, ProfileKind(wanted), 0.0, controllers))


def _is_bundle(path: str) -> bool:
    """A folder, an embedded recording or a tar archive; anything else is one profile."""
    import tarfile

    if path.startswith("demo:") or Path(path).is_dir():
        return True
    return Path(path).is_file() and tarfile.is_tarfile(path)


def _write(result: str | bytes, to: str | None, force: bool) -> None:
    text = result if isinstance(result, bytes) else f"{printable(result)}\n".encode()
    if to is None:
        sys.stdout.buffer.write(text)
        return
    from kubectl_kcp.cli.files import write_file

    write_file(to, text, force)


def _outcome(found: Profiles, said: bool) -> int:
    from kubectl_kcp.cli.outcome import finish

    code = finish(found.failures, say=not said)
    return ExitCode.INTERRUPTED if found.interrupted else code

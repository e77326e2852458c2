"""``profile``: where a controller's CPU, memory or goroutines go, and why."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kubectl_kcp.cli.completing import complete_files
from kubectl_kcp.cli.options import Duration, SourceOptions, controllers_option, local_option, open_source, refuse_elsewhere, source_options
from kubectl_kcp.cli.profile_options import Shown, shown_options
from kubectl_kcp.cli.profile_store import Kept, from_store, kept_options
from kubectl_kcp.cli.terminal import reader
from kubectl_kcp.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from kubectl_kcp.machine.parallel import Progress
    from kubectl_kcp.model.profile_report import Profiles
    from kubectl_kcp.sources.interface import Source

KINDS = ("cpu", "heap", "allocs", "goroutine", "block", "mutex")


@click.command()
@click.argument("kind", type=click.Choice(KINDS), required=False, metavar="[KIND]")
@controllers_option
@click.option("--file", "file", metavar="PATH", shell_complete=complete_files, help="Read one profile from a file; - is standard input.")
@click.option("--url", metavar="URL", help="Read one profile from a pprof endpoint, as http://localhost:40001.")
@click.option("--seconds", type=Duration(), default="10s", show_default=True, help="The window of a CPU profile.")
@click.option("--ca-file", metavar="PATH", shell_complete=complete_files, help="With --url or --from: trust this CA.")
@click.option("--insecure-skip-tls-verify", "insecure", is_flag=True, help="With --url: do not verify the server's certificate.")
@shown_options
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
    shown: Shown,
    ca_file: str | None,
    insecure: bool,
    local: bool,
    kept: Kept,
) -> int:
    """Profile the controllers and name what their load comes from.

    KIND is cpu (default), heap, allocs, goroutine, block or mutex. Without --file, --url or --bundle all controllers of
    the current cluster are profiled at once.
    """
    from kubectl_kcp.cli.profile_result import check, drawn, hand_over
    from kubectl_kcp.render.profile.formats import WITH_ERRORS

    _check_one(file, url, local, kept, source_from, controllers)
    check(shown)
    who, baseline = reader(), shown.baseline
    if source_from.many is not None:
        from kubectl_kcp.cli.profile_beside import profile_beside

        if baseline is not None or shown.to is not None or shown.opened:
            raise UsageError("--baseline, --to and --open are for profiles of one management cluster")
        look = partial(_from_source, kind=kind, seconds=seconds, controllers=controllers)
        return profile_beside(source_from, shown.output, lambda source, show: drawn(look(source, show=show), shown, who))
    if kept.kept_by is not None:
        found, baseline = from_store(kept, source_from, kind, controllers, ca_file, shown)
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
        found = _against(found, baseline, shown.normalize, kind, controllers)
    view = drawn(found, shown, who)
    if found.items or shown.output in WITH_ERRORS:
        hand_over(view, shown, source_from.quiet)
    return _outcome(found, shown.output in WITH_ERRORS)


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
    from kubectl_kcp.sources.token_file import read_token
    from kubectl_kcp.sources.url import Endpoint, fetch, kind_in

    wanted = ProfileKind(kind) if kind else kind_in(url) or ProfileKind.CPU
    token = read_token(options.token_file) if options.token_file else ""
    endpoint = Endpoint(url, token, ca_file, insecure, options.request_timeout)
    with progress(options.quiet) as show:
        data = fetch(endpoint, wanted, seconds, lambda passed: show(f"{wanted.value} profile", passed / seconds if seconds else None))
    return Profiles((from_bytes(data, url, wanted.value),))


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


def _against(found: Profiles, path: str, normalize: bool, kind: str | None, controllers: tuple[str, ...]) -> Profiles:
    from kubectl_kcp.gather import baseline
    from kubectl_kcp.gather.profile import gather_profiles
    from kubectl_kcp.sources.interface import ProfileKind

    if not _is_bundle(path):
        return baseline.against_file(found, _from_file(path, kind).items[0], normalize)
    if any(item.controller is None for item in found.items):
        raise UsageError(f"--baseline {path} is a bundle, but a file or a URL tells no controller", "give one of its profiles instead")
    with open_source(SourceOptions(bundle=path)) as source:
        wanted = kind or (found.items[0].kind if found.items else "cpu")
        return baseline.against_bundle(found, gather_profiles(source, ProfileKind(wanted), 0.0, controllers), normalize)


def _is_bundle(path: str) -> bool:
    """A folder, an embedded bundle or a tar archive; anything else is one profile."""
    import tarfile

    from kubectl_kcp.sources.bundle.open import PREFIX

    if path.startswith(PREFIX) or Path(path).is_dir():
        return True
    return Path(path).is_file() and tarfile.is_tarfile(path)


def _outcome(found: Profiles, said: bool) -> int:
    from kubectl_kcp.cli.outcome import finish

    code = finish(found.failures, say=not said)
    return ExitCode.INTERRUPTED if found.interrupted else code

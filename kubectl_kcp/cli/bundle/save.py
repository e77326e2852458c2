"""Where ``bundle FILE`` and ``bundle redact`` write: the bundle, and the mapping of its names beside it where that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from kubectl_kcp.cli.outcome import finish
from kubectl_kcp.cli.terminal import write_err
from kubectl_kcp.errors import UsageError

if TYPE_CHECKING:
    from kubectl_kcp.gather.bundle import BundleContents

mapping_option = click.option(
    "--mapping",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write which stand-in is which name there; it is never in the bundle.",
)


class Redacting(Struct, frozen=True):
    """Whether names get stand-ins, and the file that says which is which."""

    names: bool = False
    mapping: str | None = None


OTHER_ARCHIVES = (".zip", ".7z", ".tar", ".tar.xz", ".txz", ".tar.bz2", ".tar.zst")
"""Endings of what a bundle, which is a tar.gz, is not: other programs would go by them."""


def check_new(file: str, force: bool, redacting: Redacting) -> None:
    """Before anything is read. Raises UsageError, Refused."""
    if file.lower().endswith(OTHER_ARCHIVES):
        raise UsageError(f"{file}: a bundle is a tar.gz", "give it a name that ends with .tar.gz")
    if redacting.mapping and Path(redacting.mapping).absolute() == Path(file).absolute():
        raise UsageError("--mapping and FILE name the same file", "name another file for the mapping")
    for path in (file, redacting.mapping):
        if path and Path(path).exists() and not force:
            from kubectl_kcp.machine.whole_file import exists

            raise exists(path)


def save(found: BundleContents, file: str, force: bool, redacting: Redacting, with_secrets: bool = True) -> int:
    """The exit code. Raises Refused where a file cannot be written."""
    from kubectl_kcp.render.units import size

    names, failures = None, found.failures
    if redacting.names:
        from kubectl_kcp.gather.redacted import without_names

        found, names = without_names(found)
        failures = (*failures, *found.failures[len(failures) :])  # the terminal is told by their names what the bundle tells without
    _write(found, file, force, with_secrets)
    if names is not None and redacting.mapping:
        from kubectl_kcp.machine.whole_file import whole_file
        from kubectl_kcp.render.bundle import mapping_text

        with whole_file(redacting.mapping, force) as f:
            f.write(mapping_text(names.items(), found.captured_at).encode())
    kinds = sum(len(items) for items in found.objects.values())
    told = f", {sum(1 for _ in names.items()):,} names replaced" if names is not None else ""
    held = f"{len(found.pods)} Pods, {kinds} objects, {len(found.secrets)} Secrets without keys"
    write_err(f"{file}: {size(Path(file).stat().st_size)}, {held}{told}")
    return finish(failures)


def _write(found: BundleContents, file: str, force: bool, with_secrets: bool) -> None:
    from kubectl_kcp.sources.bundle.write import write_bundle

    with write_bundle(file, found.captured_at, force) as out:
        out.about(found.origin, found.skew, found.logs_since, found.stand_ins)
        if found.layout:
            out.layout(found.layout, found.lacks, found.time_estimated)
        if found.server_version:
            out.version(found.server_version)
        for resource, items in found.objects.items():
            out.objects(resource, items)
        if with_secrets:
            out.secrets(found.secrets)
        for part in found.pods:
            out.pod(part.controller, part.pod)
            for moment, page in part.pages.items():
                out.metrics(part.pod, moment, [page.value], page.started)
            for kind, data in part.profiles.items():
                out.profile(part.pod, kind, data)
            if part.log is not None:
                out.log(part.pod, part.log, part.log_begins)
        out.failures(found.failures)

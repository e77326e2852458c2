"""``bundle``: a recording of the management cluster in one file."""

from __future__ import annotations

import click

from kubectl_kcp.cli.options import Duration, SourceOptions, open_source, source_options
from kubectl_kcp.cli.outcome import finish
from kubectl_kcp.cli.terminal import write_err
from kubectl_kcp.errors import UsageError
from kubectl_kcp.gather.bundle import gather_recording
from kubectl_kcp.render.units import size


@click.command()
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--seconds", type=Duration(), default="10s", show_default=True, help="The window of the CPU profiles.")
@click.option("--secrets/--no-secrets", "with_secrets", default=True, help="Certificates of Secrets, without their keys; or none at all.")
@click.option("--force", is_flag=True, help="Write over a file.")
@source_options(diagnostics=True)
def bundle(file: str, seconds: float, with_secrets: bool, force: bool, source_from: SourceOptions) -> int:
    """Record profiles, metrics, logs, objects and certificates in FILE (tar.gz), without a key or a token.

    Every read command works on it: --bundle FILE. What could not be read is in it, with its reason.
    """
    from pathlib import Path

    from kubectl_kcp.cli.progress import progress
    from kubectl_kcp.sources.bundle.write import write_bundle

    if source_from.bundle:
        raise UsageError("--bundle names what to read; FILE is what to write")
    if Path(file).exists() and not force:
        raise UsageError(f"{file} exists", "--force writes over it")
    with open_source(source_from) as source, progress(source_from.quiet) as show:
        found = gather_recording(source, seconds, with_secrets, show)
    with write_bundle(file, found.captured_at, force) as out:
        out.about(found.origin, found.skew)
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
            if part.log:
                out.log(part.pod, part.log)
        out.failures(found.failures)
    kinds = sum(len(items) for items in found.objects.values())
    write_err(
        f"{file}: {size(Path(file).stat().st_size)}, {len(found.pods)} Pods, {kinds} objects, {len(found.secrets)} Secrets without keys"
    )
    return finish(found.failures)

"""From a command's question to its answer on the terminal: of one management cluster, or of several side by side.

A command says how it looks at one Source. Which Source that is, or that there are a hundred of them, is not known to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kubectl_kcp.cli.options import SourceOptions, open_source
from kubectl_kcp.cli.output import Output, Watched
from kubectl_kcp.cli.progress import progress
from kubectl_kcp.errors import UsageError
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.render.view import View
from kubectl_kcp.sources.interface import Source

Look = Callable[[Progress], View]
"""One look; with ``--watch`` the next ones, too."""
Prepare = Callable[[Source], Look]
"""Makes ready to look at a Source again and again. It runs, and its Look does, on any one thread at a time."""


def look_at(options: SourceOptions, out: Output, prepare: Prepare, clusters: Sequence[str] = ()) -> int:
    """Looks, prints, and returns the exit code. ``clusters`` are CLUSTER arguments: of several management clusters some may
    have the one that is looked for."""
    if options.many is not None:
        if len(clusters) > 1:
            raise UsageError("in several management clusters only one CLUSTER can be looked for", "-n or -l chooses more in each")
        from kubectl_kcp.cli.several import Several

        several = Several(options, options.many, out.format, prepare)
        return look_again(several, out, several.look, options.quiet)
    with open_source(options) as source:
        return look_again(source, out, prepare(source), options.quiet)


def look_again(watched: Watched, out: Output, look: Look, quiet: bool) -> int:
    """One look, or with ``--watch`` one after another."""

    def shown() -> View:
        with progress(quiet or out.watching) as show:
            return look(show)

    return out.run(shown, watched)

"""Words for completion that the command line itself does not hold: clusters, namespaces, controllers, contexts, codes, files.

What a cluster has to tell is asked for at most a second, and kept for a moment in a file of the user's cache that nobody else may read:
names and nothing else. Whatever goes wrong, nothing is said: the shell has the line.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from kubectl_kcp.sources.interface import Source

WITHIN = 1.0
"""Seconds that a cluster has to answer."""
KEPT = 30.0
"""Seconds for which an answer is used again."""
SHORT = ("kcp", "core", "kbp", "infra")
Names = list[tuple[str, str]]
"""Namespace and name."""


def complete_clusters(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Of the namespace that is looked at by their names; with ``-A`` or after a slash as NAMESPACE/NAME."""
    found = _names(context, "clusters", _clusters)
    given = context.params.get("namespace")
    inside = [name for namespace, name in found if namespace == given] if given else []
    whole = [f"{namespace}/{name}" for namespace, name in found if not given or namespace == given]
    taken = context.params.get(str(parameter.name)) or ()
    return _items([*inside, *whole], incomplete, taken if isinstance(taken, tuple) else ())


def complete_namespaces(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Those with clusters in them."""
    return _items([namespace for namespace, _ in _names(context, "clusters", _clusters)], incomplete)


def complete_controllers(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Short names, and the Deployments by theirs."""
    return _items([*SHORT, *(name for _, name in _names(context, "controllers", _controllers))], incomplete)


def complete_contexts(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Those of the kubeconfig. One that cannot be read has none to offer; no cluster is asked."""
    from kubectl_kcp.errors import KcpError
    from kubectl_kcp.kube.kubeconfig import Kubeconfig

    try:
        return _items(list(Kubeconfig(context.params.get("kubeconfig")).contexts), incomplete)
    except KcpError:
        return []


def complete_codes(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from kubectl_kcp.findings.catalogue import CATALOGUE

    return [CompletionItem(code, help=entry.title) for code, entry in sorted(CATALOGUE.items()) if code.startswith(incomplete)]


def complete_files(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(incomplete, type="file")]


def complete_bundles(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Embedded bundles where one is begun, else files."""
    from kubectl_kcp.sources.bundle.open import PREFIX, demos

    embedded = _items([PREFIX + name for name in demos()], incomplete)
    return embedded if incomplete and embedded else complete_files(context, parameter, incomplete)


def _items(words: list[str], incomplete: str, taken: tuple[str, ...] = ()) -> list[CompletionItem]:
    """Each once. A word that would drive the terminal, or be two words there, is left to be typed."""
    return [CompletionItem(w) for w in dict.fromkeys(words) if w.isprintable() and w.startswith(incomplete) and w not in taken]


def _clusters(source: Source) -> Names:
    from kubectl_kcp.knowledge.resources import CLUSTERS

    return _of(source.objects(CLUSTERS).items)


def _controllers(source: Source) -> Names:
    from kubectl_kcp.knowledge.resources import DEPLOYMENTS, PROVIDER_LABEL

    return _of(source.objects(DEPLOYMENTS, selector=PROVIDER_LABEL).items)


def _of(objects: object) -> Names:
    from kubectl_kcp.kube.objects import section, text

    assert isinstance(objects, tuple | list)
    return sorted((text(section(o, "metadata"), "namespace"), text(section(o, "metadata"), "name")) for o in objects)


def _names(context: click.Context, kind: str, ask: Callable[[Source], Names]) -> Names:
    given = {key: context.params.get(key) for key in ("bundle", "kubeconfig", "context", "kubeconfig_cluster", "kubeconfig_user")}
    path = _kept_in(kind, given)
    known = _kept(path)
    if known is not None:
        return known
    found: list[Names] = []

    def asked() -> None:
        try:
            found.append(_asked(given, ask))
        except BaseException:  # noqa: BLE001 - whatever it is: there is nobody to tell it to
            return

    worker = threading.Thread(target=asked, daemon=True)
    worker.start()
    worker.join(WITHIN)
    if not found:
        return []
    _keep(path, found[0])
    return found[0]


def _asked(given: dict[str, str | None], ask: Callable[[Source], Names]) -> Names:
    from kubectl_kcp.cli.options import SourceOptions, open_source

    with open_source(SourceOptions(**given, request_timeout=WITHIN, quiet=True)) as source:  # type: ignore[arg-type] # strings, by name
        return ask(source)


def _kept_in(kind: str, given: dict[str, str | None]) -> Path:
    """A file for each question to each cluster. A kubeconfig that was written since is another one."""
    import hashlib

    from kubectl_kcp.kube.kubeconfig_files import usual
    from kubectl_kcp.machine.user_cache import cache_folder

    paths = given["kubeconfig"] or os.environ.get("KUBECONFIG") or usual(os.environ, os.name)
    written = [Path(p).stat().st_mtime_ns for p in (*paths.split(os.pathsep), given["bundle"] or "") if p and Path(p).exists()]
    digest = hashlib.sha256(repr((kind, sorted(given.items()), paths, written)).encode()).hexdigest()[:32]
    return cache_folder() / f"{digest}.json"


def _kept(path: Path) -> Names | None:
    import json

    try:
        if time.time() - path.stat().st_mtime > KEPT:
            return None
        return [(str(namespace), str(name)) for namespace, name in json.loads(path.read_bytes())]
    except (OSError, ValueError, TypeError):
        return None


def _keep(path: Path, names: Names) -> None:
    import json

    from kubectl_kcp.errors import Refused
    from kubectl_kcp.machine.whole_file import whole_file

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in path.parent.glob("*.json"):
            if time.time() - old.stat().st_mtime > KEPT:
                old.unlink(missing_ok=True)
        with whole_file(str(path), overwrite=True) as f:
            f.write(json.dumps(names).encode())
    except (OSError, Refused):
        return

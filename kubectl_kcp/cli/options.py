"""Options that commands share, each group one decorator that hands the command one object."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct
from msgspec.structs import replace

from kubectl_kcp.advice import shell_word
from kubectl_kcp.cli.completing import complete_bundles, complete_contexts, complete_controllers, complete_files, complete_namespaces
from kubectl_kcp.cli.terminal import lead
from kubectl_kcp.errors import KcpError, UsageError

if TYPE_CHECKING:
    from kubectl_kcp.kube.kubeconfig import Login, Wanted
    from kubectl_kcp.model.reference import Scope
    from kubectl_kcp.sources.interface import LiveCluster, Source

Function = Callable[..., Any]
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)(ms|s|m|h|d|w))")
_UNIT_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class Duration(click.ParamType):  # type: ignore[type-arg,unused-ignore] # generic from click 8.2 on
    """``30s``, ``5m``, ``1h30m``, ``30d`` or plain seconds, to seconds as a float."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, (int, float)):
            return float(value)
        text = str(value).strip()
        if re.fullmatch(r"\d+(?:\.\d+)?", text):
            return float(text)
        parts = _DURATION.findall(text)
        if not parts or "".join(n + u for n, u in parts) != text:
            self.fail(f"{value!r} is not a duration: write 30s, 5m, 1h30m or 30d", param, ctx)
        return float(sum(float(n) * _UNIT_SECONDS[u] for n, u in parts))


class Many(Struct, frozen=True):
    """Which management clusters are looked at side by side: contexts of the kubeconfig whose names match, all of them (``yes``: without
    a question), or the bundles in a folder. ``deadline`` in seconds is for all of them together."""

    contexts: tuple[str, ...] = ()
    all_contexts: bool = False
    bundles: str | None = None
    yes: bool = False
    deadline: float = 120.0


class SourceOptions(Struct, frozen=True):
    """Where to read from, as kubectl's options say it. ``request_timeout`` is in seconds, 0 for none. ``many`` is None where one
    management cluster is looked at. ``cached``: facts of Secrets that did not change may come from the user's cache."""

    bundle: str | None = None
    kubeconfig: str | None = None
    context: str | None = None
    kubeconfig_cluster: str | None = None
    kubeconfig_user: str | None = None
    impersonate_user: str | None = None
    impersonate_groups: tuple[str, ...] = ()
    request_timeout: float = 30.0
    service_account: str | None = None
    token_file: str | None = None
    quiet: bool = False
    many: Many | None = None
    cached: bool = False

    @property
    def led(self) -> str:
        """Options that lead a command line to the management cluster that these name: what is typed next must not hit another one. ""
        where the kubeconfig's current context is meant, and for a bundle."""
        if self.bundle is not None:
            return ""
        named = {
            "--context": self.context,
            "--cluster": self.kubeconfig_cluster,
            "--user": self.kubeconfig_user,
            "--kubeconfig": self.kubeconfig,
        }
        return " ".join(f"{name} {shell_word(value)}" for name, value in named.items() if value)


local_option = click.option(
    "--local", is_flag=True, help="Controllers on this machine: found by what listens on loopback, as with Tilt or a port-forward."
)


controllers_option = click.option(
    "--controller",
    "controllers",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_controllers,
    help="Only this one: kcp, core, kbp, infra, or a Deployment.",
)


def refuse_elsewhere(options: SourceOptions) -> None:
    """Raises UsageError where ``--local`` stands beside an option that names a cluster or a bundle."""
    given = ["--bundle"] if options.bundle is not None else []
    given += _leading(options)
    given += ["--contexts or --bundles"] if options.many is not None else []
    if given:
        raise UsageError(f"--local and {', '.join(given)} exclude each other")


def _leading(options: SourceOptions) -> list[str]:
    """The options that were given of those that lead to one cluster, or say as whom it is asked."""
    given: dict[str, object] = {"--kubeconfig": options.kubeconfig, "--context": options.context, "--cluster": options.kubeconfig_cluster}
    given |= {"--user": options.kubeconfig_user, "--as": options.impersonate_user, "--as-group": options.impersonate_groups}
    given |= {"--service-account": options.service_account, "--token-file": options.token_file}
    return [name for name, value in given.items() if value]


NOT_CHANGED, NO_ETCD = "a bundle cannot be changed", "a bundle holds no etcd to reach"
"""What a bundle lacks, for :func:`open_cluster`."""

SOURCE_OPTIONS = (
    click.option(
        "--bundle",
        metavar="PATH",
        shell_complete=complete_bundles,
        help="Read from a bundle (folder or file) instead of a cluster; demo:NAME is an embedded one.",
    ),
    click.option("--kubeconfig", metavar="PATH", shell_complete=complete_files, help="Path to the kubeconfig file."),
    click.option("--context", metavar="NAME", shell_complete=complete_contexts, help="The kubeconfig context to use."),
    click.option("--cluster", "kubeconfig_cluster", metavar="NAME", help="The kubeconfig cluster to use."),
    click.option("--user", "kubeconfig_user", metavar="NAME", help="The kubeconfig user to use."),
    click.option("--as", "impersonate_user", metavar="USER", help="User to impersonate."),
    click.option("--as-group", "impersonate_groups", multiple=True, metavar="GROUP", help="Group to impersonate; may be repeated."),
    click.option(
        "--request-timeout", type=Duration(), default="30s", show_default=True, help="How long one request may take; 0 for no limit."
    ),
    click.option("-q", "--quiet", is_flag=True, help="No progress on stderr."),
)

DIAGNOSTICS_OPTIONS = (
    click.option("--service-account", metavar="NS/NAME", help="The ServiceAccount a token is requested for to read diagnostics endpoints."),
    click.option(
        "--token-file", metavar="PATH", shell_complete=complete_files, help="Read diagnostics endpoints with the token in this file."
    ),
)


MANY_CONTEXTS = (
    click.option(
        "--contexts",
        multiple=True,
        metavar="GLOB",
        shell_complete=complete_contexts,
        help="All contexts whose names match, side by side; may be repeated.",
    ),
    click.option("--all-contexts", is_flag=True, help="All contexts of the kubeconfig, side by side; asks first."),
    click.option("--yes", "-y", is_flag=True, help="With --all-contexts: without a question."),
    click.option("--deadline", type=Duration(), help="Time for all management clusters together.  [default: 2m]"),
)
MANY_BUNDLES = (click.option("--bundles", metavar="DIR", shell_complete=complete_files, help="All bundles in this folder, side by side."),)


NO_CACHE = click.option("--no-cache", is_flag=True, help="Read every Secret again, and keep nothing in this user's cache.")


def _many(given: dict[str, Any]) -> Many | None:
    """Takes what is about several management clusters out of a command's parameters. Raises UsageError."""
    many = Many(
        given.pop("contexts", ()),
        given.pop("all_contexts", False),
        given.pop("bundles", None),
        given.pop("yes", False),
    )
    deadline = given.pop("deadline", None)
    chosen = {"--contexts": many.contexts, "--all-contexts": many.all_contexts, "--bundles": many.bundles}
    named = [name for name, value in chosen.items() if value]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)} exclude each other")
    if many.yes and not many.all_contexts:
        raise UsageError("--yes: only with --all-contexts")
    if not named:
        if deadline is not None:
            raise UsageError("--deadline is for --contexts, --all-contexts and --bundles", "--request-timeout is for each request")
        return None
    single = ("bundle", "context", "kubeconfig_cluster", "kubeconfig_user", "token_file")
    if alone := [f"--{name.removeprefix('kubeconfig_').replace('_', '-')}" for name in single if given.get(name) is not None]:
        raise UsageError(
            f"{named[0]} and {', '.join(alone)} exclude each other", f"{named[0]} looks at several management clusters, {alone[0]} at one"
        )
    if deadline is not None and deadline <= 0:
        raise UsageError("--deadline must be longer than 0")
    return many if deadline is None else replace(many, deadline=deadline)


def _signatures_kept(source_from: SourceOptions) -> AbstractContextManager[None]:
    """Where a cluster is looked at again and again: a bundle is not."""
    many = source_from.many
    if not source_from.cached or source_from.bundle is not None or (many is not None and many.bundles is not None):
        return nullcontext()
    from kubectl_kcp.sources.live.signatures import kept

    return kept()


def _refuse_beside_bundle(options: SourceOptions) -> None:
    """Raises UsageError where an option that leads to a cluster stands beside ``--bundle``: one of them would do nothing."""
    if options.bundle is not None and (named := _leading(options)):
        raise UsageError(f"--bundle and {', '.join(named)} exclude each other", "a bundle is read in place of a cluster")


def source_options(
    diagnostics: bool = False, many: bool = False, bundles: bool = True, secrets: bool = False
) -> Callable[[Function], Function]:
    """Adds where-to-read options; the command gets ``source_from: SourceOptions``. ``many``: also of several management clusters;
    ``bundles`` False where a bundle has no answer. ``secrets``: the command reads a fleet's Secrets, again and again."""

    names = tuple(SourceOptions.__struct_fields__)
    added = SOURCE_OPTIONS + (DIAGNOSTICS_OPTIONS if diagnostics else ())
    added += (MANY_CONTEXTS + (MANY_BUNDLES if bundles else ())) if many else ()
    added += (NO_CACHE,) if secrets else ()

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            several = _many(kwargs) if many else None
            cached = secrets and not kwargs.pop("no_cache")
            given = {n: kwargs.pop(n) for n in names if n in kwargs}
            source_from = SourceOptions(**given, many=several, cached=cached)
            if several is None:
                _refuse_beside_bundle(source_from)
                lead(source_from.led)
            try:
                with _signatures_kept(source_from):
                    return function(*args, source_from=source_from, **kwargs)
            except KcpError as e:
                if several is None:  # each of several has its own
                    e.hint = e.hint.led(source_from.led)
                raise

        for option in reversed(added):
            wrapper = option(wrapper)
        return wrapper

    return decorate


def scope_options(selector: bool = True) -> Callable[[Function], Function]:
    """Adds ``-n``, ``-A`` and ``-l``; the command gets ``where: Where``."""

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            where = Where(kwargs.pop("namespace"), kwargs.pop("all_namespaces"), kwargs.pop("selector", "") or "")
            if where.namespace and where.all_namespaces:
                raise UsageError("-n and -A exclude each other")
            return function(*args, where=where, **kwargs)

        if selector:
            wrapper = click.option("-l", "--selector", metavar="LABELS", help="Only clusters with these labels.")(wrapper)
        wrapper = click.option("-A", "--all-namespaces", is_flag=True, help="Clusters of all namespaces.")(wrapper)
        return click.option(
            "-n",
            "--namespace",
            metavar="NAME",
            shell_complete=complete_namespaces,
            help="Clusters of this namespace (default: the context's).",
        )(wrapper)

    return decorate


class Where(Struct, frozen=True):
    """The scope as typed."""

    namespace: str | None
    all_namespaces: bool
    selector: str

    @property
    def nothing(self) -> str:
        """What to say where no cluster was found."""
        which = f"no clusters with labels {self.selector} found" if self.selector else "no clusters found"
        return which + (f" in namespace {self.namespace}; -A looks in all" if self.namespace else "")

    def at(self, source: Source) -> Where:
        """With the namespace that is meant where none was typed."""
        return self if self.all_namespaces else replace(self, namespace=self.namespace or source.namespace)

    def scope(self, source: Source, names: tuple[str, ...] = ()) -> Scope:
        """A bundle has no current namespace: without ``-n`` it means all."""
        from kubectl_kcp.model.reference import Scope

        return Scope(None if self.all_namespaces else (self.namespace or source.namespace), self.selector, names)


@contextmanager
def open_source(options: SourceOptions, find: Callable[[Wanted], Login] | None = None) -> Iterator[Source]:
    """The bundle or the live cluster that the options name; closed at the end. ``find`` is the way to a login where it is not the usual
    one: of a kubeconfig that was read before. Raises KcpError."""
    if options.bundle is not None:
        from kubectl_kcp.sources.bundle.open import open_bundle

        with open_bundle(options.bundle) as source:
            yield source
        return
    from kubectl_kcp.kube.kubeconfig import Wanted, find_login
    from kubectl_kcp.sources.live.open import open_live

    wanted = Wanted(
        options.kubeconfig,
        options.context,
        options.kubeconfig_cluster,
        options.kubeconfig_user,
        options.impersonate_user or "",
        options.impersonate_groups,
    )
    login = find or find_login
    yield open_live(wanted, options.request_timeout, options.service_account, options.token_file, login, options.cached)


@contextmanager
def open_cluster(options: SourceOptions, without: str) -> Iterator[LiveCluster]:
    """The live cluster that the options name. ``without`` says what a bundle lacks. Raises KcpError."""
    from kubectl_kcp.sources.interface import needs_live

    with open_source(options) as source:
        yield needs_live(source, without)

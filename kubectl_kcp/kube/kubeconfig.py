"""How to reach an API server: a kubeconfig (kubectl's rules), in-cluster, or a kubeconfig's bytes. Keys stay in memory.

The official client is asked only where it alone knows how: a legacy ``auth-provider``. Inline certificates are taken out before it
sees them: it would write their keys to files.
"""

from __future__ import annotations

import base64
import binascii
import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace  # noqa: TID251 - of a dataclass
from pathlib import Path
from typing import Any

from kubectl_kcp.advice import advice, command, kubectl
from kubectl_kcp.errors import BadInput, NotFound, UsageError
from kubectl_kcp.kube.addresses import proxy_address, server_address
from kubectl_kcp.kube.exec_plugin import ExecPlugin, Plugins
from kubectl_kcp.kube.kubeconfig_files import LISTS, at, beside, merge, program_beside, usual
from kubectl_kcp.machine.memory_file import memory_file

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a kubelet puts the ServiceAccount's files."""


@dataclass(frozen=True, slots=True)
class Login:
    """A server, and how we identify ourselves there. ``authorization`` gives the Authorization header for the next request, "" for none.
    ``context`` is the kubeconfig's, "" without one, and ``namespace`` that context's; ``name`` is for messages. ``trust`` makes a TLS
    context that verifies the server and holds no client certificate; None without TLS."""

    server: str
    tls: ssl.SSLContext | None
    authorization: Callable[[], str] = field(repr=False)
    namespace: str = "default"
    name: str = ""
    server_name: str = ""
    proxy: str = ""
    impersonate_user: str = ""
    impersonate_groups: tuple[str, ...] = ()
    trust: Callable[[], ssl.SSLContext | None] = field(default=lambda: None, repr=False)
    context: str = ""

    def with_token(self, token: str) -> Login:
        """The same server, asked by whom the token belongs to and by nobody else."""
        return replace(self, tls=self.trust(), authorization=lambda: f"Bearer {token}", impersonate_user="", impersonate_groups=())


@dataclass(frozen=True, slots=True)
class Wanted:
    """kubectl's options."""

    kubeconfig: str | None = None
    context: str | None = None
    cluster: str | None = None
    user: str | None = None
    impersonate_user: str = ""
    impersonate_groups: tuple[str, ...] = ()


def find_login(wanted: Wanted) -> Login:
    """From ``--kubeconfig``, ``KUBECONFIG`` or ``~/.kube/config``; where these hold nothing, in a Pod, its ServiceAccount's.
    Raises UsageError, NotFound, BadInput."""
    if wanted.kubeconfig is None and "KUBERNETES_SERVICE_HOST" in os.environ and not _found(_paths(None)):
        return _in_cluster(wanted)
    return Kubeconfig(wanted.kubeconfig).login(wanted)


class Kubeconfig:
    """Read once, for logins to several of its contexts. They share their credential plugins."""

    def __init__(self, path: str | None = None) -> None:
        """``path`` is ``--kubeconfig``; without one as kubectl finds it. Raises NotFound where nothing is in it, BadInput."""
        paths = _paths(path)
        self._config = _found(paths)
        if not self._config:
            hint = advice("--kubeconfig PATH or KUBECONFIG names one; ", command("demo"), " shows the main commands without one")
            raise NotFound(f"no kubeconfig: {paths} {'is empty' if _files(paths) else 'does not exist'}", hint)
        self._plugins = Plugins()

    @property
    def contexts(self) -> tuple[str, ...]:
        """Their names, sorted."""
        listed = self._config.get("contexts")
        return tuple(sorted(str(e.get("name")) for e in listed if isinstance(e, dict))) if isinstance(listed, list) else ()

    def login(self, wanted: Wanted) -> Login:
        """Raises UsageError, BadInput."""
        return _from_config(self._config, wanted, plugins=self._plugins)


def _paths(path: str | None) -> str:
    """What names the kubeconfig's files, as ``PATH`` separates them."""
    return path or os.environ.get("KUBECONFIG") or usual(os.environ, os.name)


def _files(paths: str) -> list[str]:
    """Those that there are."""
    return [p for p in paths.split(os.pathsep) if p and at(p).exists()]


def _found(paths: str) -> dict[str, Any]:
    """All that the files hold, merged; empty where they are not there or hold no entry and no current context. Raises BadInput."""
    files = _files(paths)
    config = _merged(os.pathsep.join(files)) if files else {}
    return config if any(config.get(key) for key in (*LISTS, "current-context")) else {}


def from_bytes(content: bytes, name: str) -> Login:
    """A kubeconfig as Cluster API's Secrets hold it: certificate or token inline. Who can write a Secret must not have files of this
    machine read or programs run: both are refused. Raises BadInput."""
    import yaml

    try:
        config = yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - the safe loader, in C
    except (yaml.YAMLError, UnicodeDecodeError):
        raise BadInput(f"the kubeconfig of {name} is not YAML") from None
    if not isinstance(config, dict):
        raise BadInput(f"the kubeconfig of {name} is not a mapping")
    outside = sorted({key for kind in ("cluster", "user") for entry in _entries(config, kind) for key in OUTSIDE if entry.get(key)})
    if outside:
        raise BadInput(
            f"the kubeconfig of {name} has {', '.join(outside)}: a Secret's kubeconfig is used with what is inline alone",
            "kubectl with that kubeconfig runs its programs and reads its files, at your own word",
        )
    return _from_config(config, Wanted(), name)


def _merged(paths: str) -> dict[str, Any]:
    import yaml

    try:
        node = merge(paths.split(os.pathsep))
    except (yaml.YAMLError, ValueError, OSError, TypeError, RecursionError) as e:
        why = e.strerror if isinstance(e, OSError) and e.strerror else " ".join(str(e).replace('in "<byte string>", ', "at ").split())[:200]
        raise BadInput(f"kubeconfig {paths}: cannot be read: {why}") from None
    config = _plain(node)
    if not isinstance(config, dict):
        raise BadInput(f"kubeconfig {paths}: it is no kubeconfig")
    return config


def _plain(node: Any, folder: Path = Path()) -> Any:
    """The nodes remember their file; what they hold is plain YAML. Relative paths become the file's neighbours."""
    value = getattr(node, "value", node)
    folder = Path(str(node.path)).parent.absolute() if getattr(node, "path", None) else folder
    if isinstance(value, list):
        return [_plain(v, folder) for v in value]
    if not isinstance(value, dict):
        return value
    made = {k: _plain(v, folder) for k, v in value.items()}
    for key in PATHS:
        if isinstance(made.get(key), str) and made[key]:
            made[key] = beside(folder, made[key])
    command = made["exec"].get("command") if isinstance(made.get("exec"), dict) else None
    if isinstance(command, str):
        made["exec"]["command"] = program_beside(folder, command)
    return made


STRONGER = ("token", "tokenFile", "username")
PATHS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
"""Fields of a kubeconfig that name files, relative to it."""
OUTSIDE = (*PATHS, "exec", "auth-provider")
"""Fields that make a kubeconfig read a file or run a program. A Secret's kubeconfig must have none of them."""


def _entries(config: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    listed = config.get(f"{kind}s")
    found = [e.get(kind) for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []
    return [inner for inner in found if isinstance(inner, dict)]


def _entry(config: Mapping[str, Any], kind: str, name: str | None) -> dict[str, Any]:
    """An entry that holds nothing is an empty one, as for kubectl: a user without a credential is anonymous."""
    entries = [e for e in config.get(f"{kind}s") or () if isinstance(e, dict)]
    for entry in entries:
        inner = entry.get(kind) or {}
        if entry.get("name") == name and isinstance(inner, dict):
            return inner
    known = [str(e.get("name")) for e in entries]
    raise UsageError(f"the kubeconfig has no {kind} {name!r}", f"there are: {', '.join(known) or 'none'}")


def _from_config(config: dict[str, Any], wanted: Wanted, name: str = "", plugins: Plugins | None = None) -> Login:
    context_name = wanted.context or config.get("current-context") or None
    if context_name is None and not (wanted.cluster and wanted.user):
        raise UsageError(
            "the kubeconfig has no current context", advice("--context NAME chooses one; ", kubectl("config get-contexts"), " lists them")
        )
    context = dict(_entry(config, "context", context_name)) if context_name else {}
    context["cluster"], context["user"] = wanted.cluster or context.get("cluster"), wanted.user or context.get("user")
    if not context["cluster"]:
        raise BadInput(f"the kubeconfig's context {context_name!r} names no cluster")
    cluster = dict(_entry(config, "cluster", context["cluster"]))
    user = dict(_entry(config, "user", context["user"])) if context["user"] else {}
    plugin = _plugin(user, cluster, plugins or Plugins())
    server, identity = server_address(str(context["cluster"]), cluster, user)
    if identity and not any(user.get(key) for key in (*STRONGER, "exec", "auth-provider")):
        user["username"], user["password"] = identity
    proxy = proxy_address(str(context["cluster"]), cluster)

    def tls(of: Mapping[str, Any]) -> ssl.SSLContext | None:
        return _tls(cluster, of) if server.startswith("https") else None

    identified = tls(user)
    return Login(
        server=server,
        tls=identified,
        authorization=_by_plugin(plugin, identified) if plugin else _authorization(user, cluster),
        namespace=str(context.get("namespace") or "default"),
        name=name or f"context {context_name}",
        server_name=str(cluster.get("tls-server-name") or ""),
        proxy=proxy,
        impersonate_user=wanted.impersonate_user or str(user.get("as") or ""),
        impersonate_groups=wanted.impersonate_groups or tuple(user.get("as-groups") or ()),
        trust=lambda: tls({}),
        context=str(context_name or ""),
    )


def _inline(entry: Mapping[str, Any], name: str) -> bytes:
    """``NAME-data``, else the file at ``NAME``; empty where there is neither."""
    data, path = entry.get(f"{name}-data"), entry.get(name)
    try:
        if data:
            return base64.b64decode(str(data), validate=True)
        return Path(str(path)).read_bytes() if path else b""
    except (binascii.Error, ValueError):
        raise BadInput(f"the kubeconfig's {name}-data is not base64") from None
    except OSError as e:
        raise BadInput(f"the kubeconfig's {name}: {path}: {e.strerror}") from None


def _tls(cluster: Mapping[str, Any], user: Mapping[str, Any]) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    authority = _inline(cluster, "certificate-authority")
    try:
        if cluster.get("insecure-skip-tls-verify") is True:
            made.check_hostname = False
            made.verify_mode = ssl.CERT_NONE
        elif authority:
            made.load_verify_locations(cadata=authority.decode("ascii", "replace"))
        else:
            made.load_default_certs()
    except ssl.SSLError:
        raise BadInput("the kubeconfig's certificate-authority, the CA of the API server, is not a certificate") from None
    certificate, key = _inline(user, "client-certificate"), _inline(user, "client-key")
    if certificate and key:
        load_client_certificate(made, certificate, key)
    return made


def load_client_certificate(tls: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Raises BadInput."""
    try:
        with memory_file(certificate + b"\n" + key) as path:
            tls.load_cert_chain(path)
    except ssl.SSLError:
        raise BadInput("the kubeconfig's client certificate and key cannot be used together") from None


def _authorization(user: Mapping[str, Any], cluster: Mapping[str, Any]) -> Callable[[], str]:
    """Static tokens are read here, token files anew each time (they are renewed), everything else by the official client."""
    if user.get("token"):
        token = str(user["token"])
        return lambda: f"Bearer {token}"
    if user.get("tokenFile"):
        path = Path(str(user["tokenFile"]))
        return lambda: f"Bearer {_token_in(path)}"
    if user.get("username") and user.get("password"):
        pair = base64.b64encode(f"{user['username']}:{user['password']}".encode()).decode()
        return lambda: f"Basic {pair}"
    if user.get("auth-provider"):
        return _by_provider(user, cluster)
    return lambda: ""


def _plugin(user: Mapping[str, Any], cluster: Mapping[str, Any], plugins: Plugins) -> ExecPlugin | None:
    """None where the user has a stronger credential as well: kubectl then prefers that."""
    entry = user.get("exec")
    if not isinstance(entry, dict) or any(user.get(other) for other in STRONGER):
        return None
    return plugins.of(entry, cluster)


def _by_plugin(plugin: ExecPlugin, tls: ssl.SSLContext | None) -> Callable[[], str]:
    """A certificate goes into ``tls``, also a renewed one: for the connections from then on."""
    used = b""

    def header() -> str:
        nonlocal used
        credential = plugin.credential()
        if credential.certificate != used and tls is not None:
            load_client_certificate(tls, credential.certificate, credential.key)
            used = credential.certificate
        return f"Bearer {credential.token}" if credential.token else ""

    return header


def _token_in(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as e:
        raise BadInput(f"the token file {path}: {getattr(e, 'strerror', None) or 'not a token'}") from None


def _by_provider(user: Mapping[str, Any], cluster: Mapping[str, Any]) -> Callable[[], str]:
    from kubernetes.client.configuration import Configuration
    from kubernetes.config.config_exception import ConfigException
    from kubernetes.config.kube_config import KubeConfigLoader

    bare = {k: v for k, v in cluster.items() if not k.startswith("certificate-authority")}
    config = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": bare}],
        "users": [{"name": "u", "user": {k: v for k, v in user.items() if not k.startswith("client-")}}],
    }
    made = Configuration()
    try:
        KubeConfigLoader(config_dict=config).load_and_set(made)
    except (ConfigException, OSError, KeyError, ValueError) as e:
        raise NotFound(f"the kubeconfig's credential plugin failed: {' '.join(str(e).split())[:300]}") from None
    return lambda: str(made.get_api_key_with_prefix("BearerToken", alias="authorization") or "")  # it changed the name with a release


def _in_cluster(wanted: Wanted) -> Login:
    """As client-go's InClusterConfig: the files of the Pod's ServiceAccount, of which the kubelet renews the token."""
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    authority, token, namespace = (ACCOUNT / name for name in ("ca.crt", "token", "namespace"))
    for file in (authority, token):
        if not file.is_file():
            raise NotFound(f"no kubeconfig, and in-cluster no {file}", "a Pod has them unless automountServiceAccountToken is false")

    def trust() -> ssl.SSLContext:
        return _tls({"certificate-authority": str(authority)}, {})

    return Login(
        server=f"https://{f'[{host}]' if ':' in host else host}:{port}",
        tls=trust(),
        authorization=lambda: f"Bearer {_token_in(token)}",
        namespace=namespace.read_text(encoding="utf-8").strip() if namespace.exists() else "default",
        name="in-cluster",
        impersonate_user=wanted.impersonate_user,
        impersonate_groups=wanted.impersonate_groups,
        trust=trust,
    )

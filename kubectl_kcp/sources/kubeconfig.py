"""A kubeconfig of a Secret to its public remains, read as client-go reads it for Cluster API (``tools/clientcmd``,
RESTConfigFromKubeConfig): no guess at a context, base64 with line breaks, Go's words for what cannot be used.

Not looked into: the fields of credential plugins, and extensions.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from kubectl_kcp.model.secret import Kubeconfig
from kubectl_kcp.sources import plain_yaml, usual_kubeconfig
from kubectl_kcp.sources.keys import reduce_key

Entries = dict[str, Mapping[str, Any]]
CA, CERTIFICATE, KEY = "certificate-authority-data", "client-certificate-data", "client-key-data"
MOUNTED = "/var/run/secrets/"
"""Where a Pod's own files lie: whether one is there is not for us to say."""
NOTHING = "no configuration has been provided, try setting KUBERNETES_MASTER environment variable"


def decoded(value: object, what: str) -> bytes:
    """Base64 as Go's StdEncoding: line breaks count for nothing. Raises ValueError, free of the value."""
    try:
        text = value.encode() if isinstance(value, str) else value
        if isinstance(text, bytes):
            joined = text if b"\n" not in text and b"\r" not in text else text.translate(None, b"\r\n")
            if len(joined) % 4 == 0:
                return base64.b64decode(joined, validate=True)
    except (binascii.Error, ValueError):
        pass
    raise ValueError(f"{what} is not base64")


@lru_cache(maxsize=64)
def held_once(pem: bytes) -> bytes:
    """The same bytes for equal ones: a cluster's CA lies in its kubeconfig, too, and a fleet has thousands."""
    return pem


def reduce_kubeconfig(config: bytes) -> Kubeconfig:
    """Raises ValueError, free of its content, where it cannot be read; where it can be read but not used, ``invalid`` says why."""
    usual = usual_kubeconfig.read(config)
    if usual is not None:
        return Kubeconfig(
            server=usual.server,
            auth="certificate",
            ca_pem=held_once(decoded(usual.ca_data, f"{CA} in the kubeconfig")),
            certificate_pem=decoded(usual.certificate_data, f"{CERTIFICATE} in the kubeconfig"),
            key=reduce_key(decoded(usual.key_data, f"{KEY} in the kubeconfig")),
        )
    try:
        doc = plain_yaml.load(config)
    except ValueError as e:
        raise ValueError(f"the kubeconfig is {e}") from None
    if not isinstance(doc, Mapping):
        raise ValueError("the kubeconfig is not a mapping")
    version, kind = _text(doc, "apiVersion"), _text(doc, "kind")
    if version not in ("", "v1") or kind not in ("", "Config"):
        raise ValueError("the kubeconfig: its kind and version are not those of a kubeconfig")
    contexts, clusters, users = (_named(doc, *part) for part in (("contexts", "context"), ("clusters", "cluster"), ("users", "user")))
    for fields, entries in (((CA,), clusters), ((CERTIFICATE, KEY), users)):
        for entry in entries.values():
            for field in fields:
                _inline(entry, field)
    current = _text(doc, "current-context")
    context = contexts.get(current, {})
    cluster_name, user_name = _text(context, "cluster"), _text(context, "user")
    cluster, user = clusters.get(cluster_name, {}), users.get(user_name, {})
    return Kubeconfig(
        server=_text(cluster, "server"),
        auth=_auth(user),
        ca_pem=_inline(cluster, CA),
        certificate_pem=_inline(user, CERTIFICATE),
        key=reduce_key(_inline(user, KEY)),
        invalid=_invalid(current, contexts, (user_name, user), (cluster_name, cluster)),
        server_name=str(cluster.get("tls-server-name") or ""),
        proxied=bool(cluster.get("proxy-url")),
        unverified=str(cluster.get("insecure-skip-tls-verify")).lower() == "true",
        uncertified=not all(_is_pem(_inline(u, CERTIFICATE)) for u in users.values()),
    )


def _named(doc: Mapping[str, Any], field: str, key: str) -> Entries:
    """The entries by name. Two of one name are refused."""
    listed = doc.get(field)
    if listed is None:
        return {}
    if not isinstance(listed, list):
        raise ValueError(f"the kubeconfig's {field} are not a list")
    made: Entries = {}
    for entry in listed:
        if not isinstance(entry, Mapping):
            raise ValueError(f"the kubeconfig's {field} hold something that is no mapping")
        name, inner = _text(entry, "name"), entry.get(key)
        if name in made:
            raise ValueError(f'the kubeconfig: duplicate name "{name}" in list of {field}')
        if inner is not None and not isinstance(inner, Mapping):
            raise ValueError(f"the kubeconfig's {field} hold a {key} that is no mapping")
        made[name] = inner or {}
    return made


def _text(entry: Mapping[str, Any], field: str) -> str:
    value = entry.get(field)
    if value is None:
        return ""
    if not isinstance(value, str) or isinstance(value, plain_yaml.NotText):
        raise ValueError(f"the kubeconfig: cannot unmarshal {field} into a string")
    return value


def _inline(entry: Mapping[str, Any], field: str) -> bytes:
    value = entry.get(field)
    if isinstance(value, plain_yaml.NotText):
        raise ValueError(f"the kubeconfig: cannot unmarshal {field} into bytes")
    return decoded(value, f"{field} in the kubeconfig") if value else b""


def _is_pem(data: bytes) -> bool:
    """What Cluster API can decode (``util/certs``, DecodeCertPEM)."""
    if not data:
        return False
    from kubectl_kcp.pki.pem import first

    return first(data) is not None


def _auth(user: Mapping[str, Any]) -> str:
    """How it authenticates. A certificate counts before a token beside it: the TLS handshake comes first."""
    ways = (("certificate", (CERTIFICATE, "client-certificate")), ("token", ("token", "tokenFile")), ("exec", ("exec",)))
    for kind, fields in ways:
        if any(user.get(f) for f in fields):
            return kind
    return "other" if user else "none"


def _invalid(current: str, contexts: Entries, user: tuple[str, Mapping[str, Any]], cluster: tuple[str, Mapping[str, Any]]) -> str:
    """Why client-go does not take it, in its words (``validation.go``), "" where it does."""
    errors = [] if not current or current in contexts else [f"context was not found for specified context: {current}"]
    errors += _user_errors(*user)
    of_cluster = _cluster_errors(*cluster)
    if not errors and of_cluster == [_NO_SERVER]:
        of_cluster = [NOTHING]
    errors += of_cluster
    if not errors:
        return ""
    return "invalid configuration: " + (errors[0] if len(errors) == 1 else f"[{', '.join(dict.fromkeys(errors))}]")


_NO_SERVER = "cluster has no server defined"


def _cluster_errors(name: str, cluster: Mapping[str, Any]) -> list[str]:
    if not any(v not in (None, "", "false") for v in cluster.values()):
        return [_NO_SERVER]
    errors = []
    if not _text(cluster, "server"):
        errors.append(f'no server found for cluster "{name}"' if name else "default cluster has no server defined")
    path = _text(cluster, "certificate-authority")
    if path and cluster.get(CA):
        errors.append(
            f"certificate-authority-data and certificate-authority are both specified for {name}. certificate-authority-data will override."
        )
    return errors + _unread(path, "certificate-authority", name)


def _user_errors(name: str, user: Mapping[str, Any]) -> list[str]:
    path, key_path = _text(user, "client-certificate"), _text(user, "client-key")
    errors: list[str] = []
    methods = [
        kind for kind, fields in (("token", ("token",)), ("basicAuth", ("username", "password"))) if any(user.get(f) for f in fields)
    ]
    if path or user.get(CERTIFICATE):
        if path and user.get(CERTIFICATE):
            errors.append(f"client-cert-data and client-cert are both specified for {name}. client-cert-data will override.")
        if key_path and user.get(KEY):
            errors.append(f"client-key-data and client-key are both specified for {name}; client-key-data will override")
        if not key_path and not user.get(KEY):
            errors.append(f"client-key-data or client-key must be specified for {name} to use the clientCert authentication method.")
        errors += [*_unread(path, "client-cert", name), *_unread(key_path, "client-key", name)]
    if len(methods) > 1:
        errors.append(f"more than one authentication method found for {name}; found [{' '.join(methods)}], only one is allowed")
    return errors


def _unread(path: str, what: str, name: str) -> list[str]:
    """A file of whoever made the kubeconfig: no controller has it."""
    if not path or path.startswith(MOUNTED):
        return []
    return [f"unable to read {what} {path} for {name} due to open {path}: no such file or directory"]

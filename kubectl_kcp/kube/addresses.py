"""Where a kubeconfig's cluster leads: its ``server`` and its ``proxy-url``, read as client-go reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from kubectl_kcp.errors import BadInput

if TYPE_CHECKING:
    from urllib3.util import Url


def server_address(name: str, cluster: Mapping[str, Any], user: Mapping[str, Any]) -> tuple[str, tuple[str, str] | None]:
    """The URL of the API server, and apart from it the user and the password that it holds, if any: they are shown nowhere, and Go's
    HTTP client sends them where nothing else identifies us. ``name`` is the cluster's, for messages. Raises BadInput."""
    address = str(cluster.get("server") or "").rstrip("/")
    if not address:
        raise BadInput(f"the kubeconfig's cluster {name} has no server")
    if "://" not in address:
        address = f"{'https' if _secured(cluster, user) else 'http'}://{address}"
    url = _read(name, "server", address)
    if not url.auth:
        return address, None
    user_name, _, password = url.auth.partition(":")
    return url._replace(auth=None).url, (unquote(user_name), unquote(password))


def proxy_address(name: str, cluster: Mapping[str, Any]) -> str:
    """The proxy's URL, with its user and password; "" where there is none. It is not for messages. Raises BadInput."""
    address = str(cluster.get("proxy-url") or "")
    if address:
        _read(name, "proxy-url", address)
    return address


def _secured(cluster: Mapping[str, Any], user: Mapping[str, Any]) -> bool:
    """Whether a server without a scheme is asked over TLS. Source: client-go ``rest/url_utils.go``, defaultServerUrlFor."""
    pairs = ((cluster, "certificate-authority"), (user, "client-certificate"))
    return any(of.get(key) or of.get(f"{key}-data") for of, key in pairs) or cluster.get("insecure-skip-tls-verify") is True


def _read(name: str, field: str, address: str) -> Url:
    from urllib3.exceptions import LocationValueError
    from urllib3.util import parse_url

    try:
        url = parse_url(address)
    except LocationValueError:
        url = None
    if url is None or url.scheme not in ("http", "https") or not url.host:
        shown = address.rpartition("@")[2]
        hint = "of kubectl's proxies, socks5 is not supported here" if field == "proxy-url" and address.startswith("socks5") else ""
        raise BadInput(f"the kubeconfig's cluster {name}: {field} {shown!r} is no http or https URL with a host", hint)
    return url

"""The certificate that a workload cluster's API server or a webhook shows: a TLS handshake without a client certificate, and nothing
after it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from kubectl_kcp.errors import KcpError
from kubectl_kcp.etcd.attempt import server_certificate
from kubectl_kcp.etcd.tls import blind_context, refusal_of
from kubectl_kcp.model.etcd import Attempt, Refusal, ServerCertificate, Stage
from kubectl_kcp.model.secret import Kubeconfig

HTTPS = 443
MEANINGS = {
    Refusal.SERVER_UNKNOWN_CA: "it is not signed by a CA that the kubeconfig trusts",
    Refusal.SERVER_EXPIRED: "it, or one that it is signed by, has expired",
    Refusal.SERVER_NOT_YET_VALID: "it, or one that it is signed by, is not valid yet: a clock may be off",
    Refusal.SERVER_OTHER_NAME: "it does not name the kubeconfig's server",
}

OF_WEBHOOKS = {
    Refusal.SERVER_UNKNOWN_CA: "it is not signed by a CA of the caBundle",
    Refusal.SERVER_EXPIRED: "it, or one that it is signed by, has expired",
    Refusal.SERVER_NOT_YET_VALID: "it, or one that it is signed by, is not valid yet: a clock may be off",
    Refusal.SERVER_OTHER_NAME: "it does not name the Service",
}
Dial = Callable[[], socket.socket]


def handshake(config: Kubeconfig, timeout: float) -> Attempt:
    """``timeout`` is for each step, in seconds. A server that is not believed is looked at once more, to see what it shows."""
    try:
        url = urlsplit(config.server)
        host, port = url.hostname or "", url.port or HTTPS
    except ValueError:
        host, port, url = "", 0, urlsplit("")
    if not host or url.scheme != "https":
        return Attempt(config.server, Stage.CREDENTIAL, "the kubeconfig's server is no https URL")
    if config.proxied:
        return Attempt(config.server, Stage.DIAL, "its kubeconfig goes through a proxy: the server's certificate is not looked at")
    try:
        trust = blind_context() if config.unverified else _trusting(config.ca_pem)
    except (ssl.SSLError, ValueError):
        return Attempt(config.server, Stage.CREDENTIAL, "the kubeconfig's CA cannot be loaded")

    def dial() -> socket.socket:
        return socket.create_connection((host, port), timeout)

    try:
        shown = _shown(dial, trust, config.server_name or host)
    except ssl.SSLError as e:
        return _disbelieved(config.server, e, lambda: _shown(dial, blind_context(), host), MEANINGS)
    except TimeoutError:
        return Attempt(config.server, Stage.DIAL, f"{host}:{port} did not answer from here within {timeout:g} s")
    except OSError as e:
        return Attempt(config.server, Stage.DIAL, f"{host}:{port} cannot be reached from here: {e.strerror or e}")
    except ValueError:
        return Attempt(config.server, Stage.CREDENTIAL, "the kubeconfig's tls-server-name is no name")
    return Attempt(config.server, Stage.TLS if config.unverified else Stage.REACHED, certificate=shown)


def _trusting(ca_pem: bytes) -> ssl.SSLContext:
    """As client-go trusts: any certificate of the kubeconfig's CA data ends a chain, an intermediate too; the system's where there is
    none. Raises ssl.SSLError or ValueError."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if ca_pem:
        made.load_verify_locations(cadata=ca_pem.decode("ascii", "replace"))
    else:
        made.load_default_certs()
    return made


def _shown(dial: Dial, trust: ssl.SSLContext, name: str) -> ServerCertificate | None:
    with dial() as raw, trust.wrap_socket(raw, server_hostname=name) as stream:
        return server_certificate(stream)


def _disbelieved(
    endpoint: str, error: ssl.SSLError, look: Callable[[], ServerCertificate | None], meanings: Mapping[Refusal, str]
) -> Attempt:
    """``look`` is a second handshake, with one who believes anybody."""
    refusal, words = refusal_of(error)
    try:
        shown = look()
    except (KcpError, OSError, ValueError):
        shown = None
    return Attempt(endpoint, Stage.TLS, meanings.get(refusal, words), refusal, words, certificate=shown)


def webhook(dial: Dial, endpoint: str, name: str, ca_pem: bytes) -> Attempt:
    """As the API server shakes hands: ``name`` is the Service's, ``ca_pem`` its caBundle. ``dial`` opens the way to the Pod, and may raise
    KcpError."""
    try:
        trust = _trusting(ca_pem)
    except (ssl.SSLError, ValueError):
        return Attempt(endpoint, Stage.CREDENTIAL, "its caBundle cannot be loaded")
    trust.hostname_checks_common_name = False  # nor does Go
    try:
        return Attempt(endpoint, Stage.REACHED, certificate=_shown(dial, trust, name))
    except ssl.SSLError as e:
        return _disbelieved(endpoint, e, lambda: _shown(dial, blind_context(), name), OF_WEBHOOKS)
    except KcpError as e:
        return Attempt(endpoint, Stage.PORT_FORWARD, str(e), hint=e.hint)
    except (OSError, ValueError) as e:
        return Attempt(endpoint, Stage.TLS, f"the handshake broke off: {e}")

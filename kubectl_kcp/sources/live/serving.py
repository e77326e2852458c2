"""The certificate that a workload cluster's API server shows: a TLS handshake without a client certificate, and nothing after it."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

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
    try:
        shown = _shown(host, port, trust, config.server_name or host, timeout)
    except ssl.SSLError as e:
        refusal, words = refusal_of(e)
        return Attempt(config.server, Stage.TLS, MEANINGS.get(refusal, words), refusal, words, certificate=_look(host, port, timeout))
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


def _shown(host: str, port: int, trust: ssl.SSLContext, name: str, timeout: float) -> ServerCertificate | None:
    with socket.create_connection((host, port), timeout) as raw, trust.wrap_socket(raw, server_hostname=name) as stream:
        return server_certificate(stream)


def _look(host: str, port: int, timeout: float) -> ServerCertificate | None:
    try:
        return _shown(host, port, blind_context(), host, timeout)
    except (OSError, ValueError):
        return None

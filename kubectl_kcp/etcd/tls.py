"""TLS to etcd with a credential of our own: the context, and what a failed handshake says.

The server is verified against the etcd CA by chain. Its name need not match where it is reached through a port-forward (KCP's own
``verifyEtcdServerCertificate``); external etcd, dialled at its own address, must have it in its certificate.
"""

from __future__ import annotations

import re
import ssl

from kubectl_kcp.etcd.leaf import Leaf
from kubectl_kcp.knowledge.tls_refusals import ALERTS, VERIFY_CODES
from kubectl_kcp.machine.memory_file import memory_file
from kubectl_kcp.model.etcd import Refusal

_REASON = re.compile(r"\[SSL: (\w+)\]")


def context(credential: Leaf, check_name: bool = False) -> ssl.SSLContext:
    """A client context that trusts the credential's CA alone. Raises ValueError where either cannot be used."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.check_hostname = check_name
    try:
        made.load_verify_locations(cadata=credential.ca_pem.decode("ascii", "strict"))
        with memory_file(credential.certificate_pem + credential.key_pem) as path:
            made.load_cert_chain(path)
    except (ssl.SSLError, ValueError):
        raise ValueError("the credential or its CA cannot be loaded") from None
    return made


def blind_context() -> ssl.SSLContext:
    """Looks at the server's certificate, whoever it is. Nothing of ours is sent over it."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def refusal_of(error: ssl.SSLError) -> tuple[Refusal, str]:
    """Who refused, and the alert or verification text."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return VERIFY_CODES.get(error.verify_code, Refusal.OTHER), error.verify_message
    found = _REASON.search(str(error))
    reason = error.reason or (found[1] if found else "")
    return ALERTS.get(reason, (Refusal.OTHER, reason.lower().replace("_", " ") or "connection closed in the handshake"))

"""One attempt to reach one etcd member: dial, handshake, ask; every way it can end has its name."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Callable

from msgspec.structs import replace

from kubectl_kcp.advice import Advice
from kubectl_kcp.errors import BadInput, KcpError
from kubectl_kcp.etcd.gateway import Gateway
from kubectl_kcp.etcd.leaf import Leaf
from kubectl_kcp.etcd.tls import blind_context, context, refusal_of
from kubectl_kcp.knowledge.tls_refusals import MEANINGS
from kubectl_kcp.model.etcd import Attempt, Refusal, ServerCertificate, Stage
from kubectl_kcp.pki.alternative_names import alternative_names
from kubectl_kcp.pki.certificate import read_der

Dial = Callable[[], socket.socket]
"""Opens the way to the member, without TLS. Raises StageError."""
NOT_HTTP = "it does not speak HTTP/1.1 (the etcd of an in-memory cluster never does)"


class StageError(KcpError):
    """Dialling ended before etcd: at ``stage``."""

    def __init__(self, stage: Stage, message: str, hint: str | Advice = "") -> None:
        super().__init__(message, hint)
        self.stage = stage


def attempt(endpoint: str, dial: Dial, leaf: Leaf, timeout: float, members: bool = True, server_name: str | None = None) -> Attempt:
    """Status of one member, with member list and alarms where ``members``. ``server_name`` is wanted in the server's
    certificate; None for any. Never raises for what the other side does."""
    try:
        tls = context(leaf, server_name is not None)
        raw = dial()
    except StageError as e:
        return Attempt(endpoint, e.stage, str(e), hint=e.hint)
    except ValueError as e:
        return Attempt(endpoint, Stage.CREDENTIAL, str(e))
    except OSError as e:
        return Attempt(endpoint, Stage.DIAL, _reason(e))
    with raw:
        raw.settimeout(timeout)
        started = time.monotonic()
        try:
            stream = tls.wrap_socket(raw, server_hostname=server_name)
        except ssl.SSLError as e:
            return _refused(endpoint, e, dial, timeout)
        except OSError as e:
            return Attempt(endpoint, Stage.TLS, f"the handshake broke off: {_reason(e)}")
        seconds = time.monotonic() - started
        with stream:
            return _ask(endpoint, stream, seconds, dial, timeout, members)


def _ask(endpoint: str, stream: ssl.SSLSocket, seconds: float, dial: Dial, timeout: float, members: bool) -> Attempt:
    certificate = server_certificate(stream)
    gateway = Gateway(stream, endpoint)
    try:
        status = replace(gateway.status(), handshake_seconds=seconds, certificate=certificate)
        found, alarms = (gateway.members(), gateway.alarms()) if members else ((), ())
    except BadInput as e:
        return Attempt(endpoint, Stage.ETCD, str(e), certificate=certificate)
    except (OSError, http.client.HTTPException) as e:
        # With TLS 1.3 the server judges our certificate after our side of the handshake has ended: its alert comes here,
        # behind the error of our first write where the server had closed by then.
        alert = _pending_alert(stream, e)
        if alert is not None:
            return _refused(endpoint, alert, dial, timeout, certificate)
        return Attempt(endpoint, Stage.ETCD, f"no answer: {_reason(e)}", certificate=certificate)
    return Attempt(endpoint, Stage.REACHED, status=status, certificate=certificate, members=found, alarms=alarms, ahead=gateway.ahead)


def _pending_alert(stream: ssl.SSLSocket, error: Exception) -> ssl.SSLError | None:
    if isinstance(error, ssl.SSLError) and refusal_of(error)[0] is not Refusal.OTHER:
        return error
    try:
        stream.recv(1)
    except ssl.SSLError as e:
        return e if refusal_of(e)[0] is not Refusal.OTHER else None
    except OSError:
        pass
    return None


def _refused(endpoint: str, error: ssl.SSLError, dial: Dial, timeout: float, certificate: ServerCertificate | None = None) -> Attempt:
    refusal, alert = refusal_of(error)
    if certificate is None:
        certificate = _look(dial, timeout)
    return Attempt(endpoint, Stage.TLS, MEANINGS[refusal], refusal, alert, certificate=certificate)


def _look(dial: Dial, timeout: float) -> ServerCertificate | None:
    """Reads the server's certificate over a second connection, which does not verify it and sends no certificate of ours.
    None where that fails, too."""
    try:
        with dial() as raw:
            raw.settimeout(timeout)
            with blind_context().wrap_socket(raw) as stream:
                return server_certificate(stream)
    except (KcpError, OSError):
        return None


def server_certificate(stream: ssl.SSLSocket) -> ServerCertificate | None:
    """None where the server showed none, or one that nobody can read."""
    der = stream.getpeercert(binary_form=True)
    try:
        made = read_der(der or b"")
    except ValueError:
        return None
    return ServerCertificate(made.subject, made.issuer, made.not_before, made.not_after, made.sha256, alternative_names(made), made)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, http.client.BadStatusLine) and not isinstance(error, ConnectionError):
        return NOT_HTTP  # the line itself is whatever bytes came
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


REFUSED_BY_ETCD = frozenset({Refusal.CLIENT_UNKNOWN_CA, Refusal.CLIENT_REQUIRED, Refusal.CLIENT_BAD})

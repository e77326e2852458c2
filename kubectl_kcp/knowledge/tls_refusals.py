"""TLS refusals as OpenSSL names them, and what each says about etcd and the credential.

Go servers (crypto/tls, handshake_server.go, processCertsFromClient) answer an unknown signer with unknown_ca, an expired
client certificate with certificate_expired, any other with bad_certificate, none at all with certificate_required (TLS 1.3)
or bad_certificate (TLS 1.2). Alert numbers: RFC 8446, section 6.
"""

from __future__ import annotations

from kubectl_kcp.model.etcd import Refusal

ALERTS = {
    "TLSV1_ALERT_UNKNOWN_CA": (Refusal.CLIENT_UNKNOWN_CA, "unknown certificate authority"),
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": (Refusal.CLIENT_REQUIRED, "certificate required"),
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": (Refusal.CLIENT_EXPIRED, "expired certificate"),
    "SSLV3_ALERT_BAD_CERTIFICATE": (Refusal.CLIENT_BAD, "bad certificate"),
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": (Refusal.CLIENT_BAD, "certificate unknown"),
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (Refusal.OTHER, "handshake failure"),
    "TLSV1_ALERT_PROTOCOL_VERSION": (Refusal.OTHER, "protocol version"),
    "TLSV1_ALERT_INTERNAL_ERROR": (Refusal.OTHER, "internal error"),
}
"""OpenSSL's reason → who refused whom, and the alert's text as Go prints it after ``remote error: tls:``."""

VERIFY_CODES = {
    9: Refusal.SERVER_NOT_YET_VALID,
    10: Refusal.SERVER_EXPIRED,
    18: Refusal.SERVER_UNKNOWN_CA,
    19: Refusal.SERVER_UNKNOWN_CA,
    20: Refusal.SERVER_UNKNOWN_CA,
    21: Refusal.SERVER_UNKNOWN_CA,
    7: Refusal.SERVER_UNKNOWN_CA,
    62: Refusal.SERVER_OTHER_NAME,
    64: Refusal.SERVER_OTHER_NAME,
}
"""X509_V_ERR_* of OpenSSL's x509_vfy.h → what is wrong with the server's certificate. 7 is a bad signature: a CA of the same
name with another key."""

MEANINGS = {
    Refusal.CLIENT_UNKNOWN_CA: "etcd does not trust the CA in the cluster's Secret",
    Refusal.CLIENT_REQUIRED: "etcd wants a certificate of another CA than the one in the cluster's Secret",
    Refusal.CLIENT_EXPIRED: "etcd finds our certificate outside its time: the clocks differ",
    Refusal.CLIENT_BAD: "etcd refused the certificate",
    Refusal.SERVER_UNKNOWN_CA: "etcd's server certificate is not signed by the CA in the cluster's Secret",
    Refusal.SERVER_EXPIRED: "etcd's server certificate has expired",
    Refusal.SERVER_NOT_YET_VALID: "etcd's server certificate is not valid yet: a clock may be off",
    Refusal.SERVER_OTHER_NAME: "etcd's server certificate does not name the host or address that was dialled",
    Refusal.OTHER: "the TLS handshake failed",
}

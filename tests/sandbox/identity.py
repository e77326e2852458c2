"""Who asks: a client certificate, a token, or nobody."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.sandbox.store import Store

AUTHENTICATED, UNAUTHENTICATED, MASTERS = "system:authenticated", "system:unauthenticated", "system:masters"
AUDIENCE = "https://kubernetes.default.svc.cluster.local"
CREDENTIAL = "authentication.kubernetes.io/credential-id"
ACCOUNT = "system:serviceaccount:"


@dataclass(frozen=True)
class User:
    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: dict[str, list[str]] = field(default_factory=dict, hash=False)

    def info(self) -> dict[str, Any]:
        """``authentication.k8s.io/v1`` UserInfo."""
        made = {"username": self.name, "uid": self.uid, "groups": list(self.groups), "extra": self.extra}
        return {k: v for k, v in made.items() if v}


ANONYMOUS = User("system:anonymous", (UNAUTHENTICATED,))


def account_groups(namespace: str) -> tuple[str, ...]:
    return "system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED


class Certificates:
    """The users of client certificates; TLS itself has checked the signature, but not the times."""

    def __init__(self, store: Store) -> None:
        self._store, self._read = store, {}  # type: ignore[var-annotated]

    def user(self, der: bytes) -> User | None:
        if der not in self._read:
            self._read[der] = x509.load_der_x509_certificate(der)
        certificate: x509.Certificate = self._read[der]
        names = [str(a.value) for a in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        now = self._store.now()
        if not names or not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            return None
        groups = [str(a.value) for a in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
        extra = {CREDENTIAL: [f"X509SHA256={hashlib.sha256(der).hexdigest()}"]}
        return User(names[0], (*groups, AUTHENTICATED), extra=extra)


class Tokens:
    """Bearer tokens. Those of ServiceAccounts are signed with a key of this process and end with it, or with :meth:`end`."""

    def __init__(self, store: Store) -> None:
        self._store, self._key = store, secrets.token_bytes(32)
        self.static: dict[str, User] = {}

    def end(self) -> None:
        self._key = secrets.token_bytes(32)
        self.static.clear()

    def issue(self, namespace: str, account: str, seconds: int, audiences: Sequence[str] = ()) -> str:
        """The ServiceAccount need not exist, but then the token is no good."""
        found = self._store.get("serviceaccounts", namespace, account) or {"metadata": {}}
        now = int(self._store.now().timestamp())
        claims = {
            "aud": list(audiences) or [AUDIENCE],
            "exp": now + seconds,
            "iat": now,
            "nbf": now,
            "iss": AUDIENCE,
            "jti": str(uuid.uuid4()),
            "sub": f"{ACCOUNT}{namespace}:{account}",
            "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": account, "uid": found["metadata"].get("uid", "")}},
        }
        signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
        return f"{signed}.{self._signature(signed)}"

    def user(self, token: str, audience: str = AUDIENCE) -> User | None:
        if token in self.static:
            return self.static[token]
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(signed).encode()):
            return None
        claims = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
        if audience not in claims["aud"] or not claims["nbf"] - 60 <= self._store.now().timestamp() < claims["exp"]:
            return None
        about = claims["kubernetes.io"]
        namespace, account = about["namespace"], about["serviceaccount"]
        found = self._store.get("serviceaccounts", namespace, account["name"])
        if found is None or found["metadata"]["uid"] != account["uid"]:
            return None
        extra = {CREDENTIAL: [f"JTI={claims['jti']}"]}
        return User(claims["sub"], account_groups(namespace), account["uid"], extra)

    def _signature(self, signed: str) -> str:
        return _base64(hmac.digest(self._key, signed.encode(), hashlib.sha256))


def _part(document: dict[str, Any]) -> str:
    return _base64(json.dumps(document, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

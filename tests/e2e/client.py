"""A plain client for an API server, for what the tests themselves change and look at."""

from __future__ import annotations

import json
import ssl
import tempfile
from base64 import b64decode
from pathlib import Path
from typing import Any

import urllib3
import yaml

Object = dict[str, Any]


class Refused(RuntimeError):
    """The API server answered with an error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text[:500]}")
        self.status = status


class Client:
    """``paths`` are as the API has them, such as ``/api/v1/namespaces/real/secrets``."""

    def __init__(self, kubeconfig: Path) -> None:
        document = yaml.safe_load(kubeconfig.read_text())
        cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
        context = ssl.create_default_context(cadata=b64decode(cluster["certificate-authority-data"]).decode())
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        with tempfile.NamedTemporaryFile() as file:  # ssl reads a client's key from a file only
            for key in ("client-certificate-data", "client-key-data"):
                file.write(b64decode(user[key]))
            file.flush()
            context.load_cert_chain(file.name)
        self.server = cluster["server"]
        self.pool = urllib3.PoolManager(ssl_context=context, retries=False, timeout=30)

    def raw(self, path: str) -> bytes:
        return self._ask("GET", path)

    def get(self, path: str) -> Any:
        return json.loads(self._ask("GET", path))

    def items(self, path: str) -> list[Any]:
        return list(self.get(path)["items"])

    def create(self, path: str, body: Object) -> Any:
        return json.loads(self._ask("POST", path, body))

    def patch(self, path: str, body: object, kind: str = "merge-patch") -> Any:
        return json.loads(self._ask("PATCH", path, body, f"application/{kind}+json"))

    def apply(self, path: str, body: Object) -> Any:
        """Server-side apply; ``path`` names the object."""
        return json.loads(self._ask("PATCH", f"{path}?fieldManager=e2e&force=true", body, "application/apply-patch+yaml"))

    def delete(self, path: str) -> None:
        self._ask("DELETE", path)

    def _ask(self, method: str, path: str, body: object = None, content: str = "application/json") -> bytes:
        data = None if body is None else json.dumps(body)
        answer = self.pool.request(method, self.server + path, body=data, headers={"Content-Type": content, "Accept": "application/json"})
        if answer.status >= 300:
            raise Refused(answer.status, answer.data.decode(errors="replace"))
        return bytes(answer.data)

    def apply_documents(self, text: str) -> None:
        """Applies a manifest of roles, bindings, Namespaces and ServiceAccounts."""
        for body in filter(None, yaml.safe_load_all(text)):
            self.apply(path_of(body), body)


PLURALS = {
    "Namespace": "namespaces",
    "ServiceAccount": "serviceaccounts",
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "PodDisruptionBudget": "poddisruptionbudgets",
}


def path_of(body: Object) -> str:
    version, meta = body["apiVersion"], body["metadata"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    where = f"/namespaces/{meta['namespace']}" if "namespace" in meta else ""
    return f"{root}{where}/{PLURALS[body['kind']]}/{meta['name']}"

"""What is taken out of objects and logs before they go into a bundle. Secrets never come here: see ``secret_objects``."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

REDACTED = "REDACTED"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

CREDENTIAL_FIELDS = {
    "content": "a file of cloud-init, KubeadmConfigSpec.files[]",
    "passwd": "KubeadmConfigSpec.users[]",
    "token": "bootstrap token discovery, KubeadmConfigSpec.joinConfiguration",
    "tlsBootstrapToken": "the same",
    "certificateKey": "KubeadmConfigSpec.initConfiguration",
    "preKubeadmCommands": "commands may hold registry passwords",
    "postKubeadmCommands": "the same",
    "bootCommands": "the same",
}
"""Field below ``spec`` of any object → what it is there (Cluster API, ``api/bootstrap/kubeadm``). No command reads them."""

NAMED_VALUES = frozenset({"env", "variables"})
"""Lists of name and value: a container's environment, a Cluster topology's variables."""

WORDS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    rb"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # a JSON web token
    rb"|\b[a-z0-9]{6}\.[a-z0-9]{16}\b"  # a bootstrap token
    rb"|(?<=[Bb]earer )[\w.~+/-]{8,}=*",
    re.DOTALL,
)


def redact_text(data: bytes) -> bytes:
    """Tokens and private keys in a log's lines."""
    return WORDS.sub(REDACTED.encode(), data)


def redact_object(obj: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without what may be a credential. Of NAMED_VALUES the values go, the names stay."""
    made: dict[str, Any] = copy.deepcopy(dict(obj))
    meta = made.get("metadata")
    annotations = meta.get("annotations") if isinstance(meta, dict) else None
    if isinstance(annotations, dict):
        annotations.pop(LAST_APPLIED, None)
    _without_schemas(made)
    waiting: list[Any] = [made.get("spec")]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            for name, inner in value.items():
                if name in CREDENTIAL_FIELDS and inner:
                    value[name] = [REDACTED] if isinstance(inner, list) else REDACTED
                elif name in NAMED_VALUES and isinstance(inner, list):
                    for variable in inner:
                        if isinstance(variable, dict) and "value" in variable:
                            variable["value"] = REDACTED
                else:
                    waiting.append(inner)
    return made


def _without_schemas(obj: dict[str, Any]) -> None:
    """Of a CustomResourceDefinition: nobody judges its schemas, and they are most of it."""
    spec = obj.get("spec")
    versions = spec.get("versions") if isinstance(spec, dict) and obj.get("kind") == "CustomResourceDefinition" else None
    for version in versions if isinstance(versions, list) else ():
        if isinstance(version, dict):
            version.pop("schema", None)

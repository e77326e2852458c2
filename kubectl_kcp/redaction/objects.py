"""Kubernetes objects: a field that is known to hold a word of the API keeps it, a field that is known to hold a name or a sentence gets
stand-ins, and whatever else is neither number nor time nor word of software is taken for a name.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kubectl_kcp.inventory.controllers import LEASE_NAMES
from kubectl_kcp.knowledge import redaction as known
from kubectl_kcp.kube.objects import section, text
from kubectl_kcp.kube.resources import Object
from kubectl_kcp.redaction.names import HOST, NAMESPACE, OTHER, USER, Names, is_public
from kubectl_kcp.redaction.text import Texts, tell_of

_IDENTIFIER = re.compile(r"[a-z][A-Za-z]*")
_IMAGE = re.compile(r"(?:(.*)/)?([^/@:]+)(:[\w.+-]+)?(@sha256:[0-9a-f]{64})?")
_FLAG = re.compile(r"(-{1,2}[a-z][A-Za-z0-9.-]*)(=?)(.*)", re.DOTALL)
_GATES = re.compile(r"(?:[A-Z][A-Za-z0-9]*=(?:true|false),?)*")
_LISTENS = re.compile(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|::)?:\d+")
_HOLDER = re.compile(r"(.*)(_[0-9a-f]{8}-[0-9a-f-]{27})")
_LEASES = frozenset(LEASE_NAMES.values())
CA_BUNDLE = "caBundle"
_ENUMERATED = re.compile(r"[A-Z][A-Za-z0-9]*")
DEEPEST = 60
"""Levels of an object that are looked at; what is deeper goes. A CustomResourceDefinition without its schemas has ten."""
_SPACE = re.compile(r"\s")


def ca_bundles(obj: Any) -> Iterator[bytes]:
    """The PEM of every ``caBundle`` in an object."""
    waiting = [obj]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            pem = _decoded(value.get(CA_BUNDLE))
            if pem:
                yield pem
            waiting += value.values()


def tell_names(names: Names, obj: Object) -> None:
    """Every name of an object at a place that is known to hold one."""
    kind, meta = text(obj, "kind"), section(obj, "metadata")
    if kind == "CustomResourceDefinition":
        return
    names.tell(kind, text(meta, "name"))
    names.tell(NAMESPACE, text(meta, "namespace"))
    for label, value in section(meta, "labels").items():
        if isinstance(value, str) and label not in known.KEPT_LABELS:
            names.tell("cluster" if label.endswith("/cluster-name") else OTHER, value)
    waiting: list[tuple[str, Any]] = [("", obj)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, list):
            waiting += [(key, v) for v in value]
        elif isinstance(value, dict):
            if "fieldsV1" in value:
                names.tell(USER, text(value, "manager"))
                continue
            of = text(value, "kind")
            if of and "name" in value:
                names.tell(of, text(value, "name"))
            waiting += value.items()
        elif isinstance(value, str) and value:
            _tell(names, key, value)


def _tell(names: Names, key: str, value: str) -> None:
    if key == NAMESPACE:
        names.tell(NAMESPACE, value)
    elif key in ("clusterName", "nodeName", "hostname", "host"):
        names.tell({"clusterName": "cluster", "nodeName": "node"}.get(key, HOST), value if names.address(value) == value else "")
    elif key == "holderIdentity":
        m = _HOLDER.fullmatch(value)
        names.tell("node", m[1] if m else value)
    elif key in known.TEXTS:
        tell_of(names, value)


class Objects:
    """Replaces in objects. ``certificate`` makes PEM into other PEM."""

    def __init__(self, names: Names, texts: Texts, certificate: Any) -> None:
        self._names, self._texts, self._certificate = names, texts, certificate
        self._depth = 0

    def replaced(self, obj: Object) -> dict[str, Any]:
        kind = text(obj, "kind")
        made: dict[str, Any] = {}
        for key, value in obj.items():
            if key == "metadata" and isinstance(value, dict):
                made[key] = self._metadata(value, kind)
            elif key == "apiVersion" and isinstance(value, str):
                made[key] = self._group(value)
            elif key == "kind":
                made[key] = value
            elif kind == "Provider":  # clusterctl's: at the top it has provider's name, type, version
                made[key] = value if isinstance(value, str) and is_public(value) else self._any(key, value, "")
            else:
                made[key] = self._any(key, value, "")
        return made

    # -- metadata

    def _metadata(self, meta: Mapping[str, Any], kind: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in meta.items():
            if key == "name" and isinstance(value, str):
                made[key] = self._of_kind(kind, value)
            elif key == "namespace" and isinstance(value, str):
                made[key] = self._names.namespace(value)
            elif key == "labels":
                made[key] = self.labels(value)
            elif key == "annotations" and isinstance(value, dict):
                made[key] = {k: self._texts.replaced(str(v)) for k, v in value.items() if k in known.KEPT_ANNOTATIONS}
            elif key == "finalizers" and isinstance(value, list):
                made[key] = [self._qualified(str(v)) for v in value]
            elif key == "managedFields" and isinstance(value, list):
                made[key] = [self._writer(v) for v in value if isinstance(v, dict)]
            elif key == "ownerReferences" and isinstance(value, list):
                made[key] = [self._reference(v) for v in value if isinstance(v, dict)]
            elif key in ("uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"):
                made[key] = value
        return made

    def _of_kind(self, kind: str, name: str) -> str:
        if kind == "CustomResourceDefinition":
            return self._domain(name)
        if name in _LEASES:
            return name
        return self._names.name(kind, name)

    def labels(self, value: Any) -> Any:
        """Labels, or a selector of them."""
        if not isinstance(value, dict):
            return self._any("", value, "")
        return {self._qualified(k): self._label(k, v) for k, v in value.items()}

    def _label(self, key: str, value: Any) -> Any:
        if not isinstance(value, str) or key in known.KEPT_LABELS or not value:
            return value
        if key.endswith(("/cluster-name", "/control-plane-name")):
            return self._names.name("cluster", value)
        return self._names.held(value) or self._names.name(OTHER, value)

    def _qualified(self, text_: str) -> str:
        """A label's key or a finalizer: a domain, a slash, a word."""
        domain, slash, word = text_.rpartition("/")
        if not slash:
            return self._domain(word) if "." in word else self._names.name(OTHER, word)
        if known.PUBLIC_DOMAINS.search(domain):
            return text_
        return f"{self._domain(domain)}/{self._names.name(OTHER, word)}"

    def _domain(self, text_: str) -> str:
        """A domain, the last two parts of which tell whose it is: ``infrastructure.acme.io``, ``acmeclusters.infrastructure.acme.io``."""
        if known.PUBLIC_DOMAINS.search(text_) or is_public(text_):
            return text_
        if "." not in text_:
            return self._names.name(OTHER, text_)
        head, _, last = text_.rpartition(".")
        front, dot, own = head.rpartition(".")
        return f"{front}{dot}{self._names.name(HOST, f'{own}.{last}')}.invalid"

    def _group(self, version: str) -> str:
        group, slash, number = version.rpartition("/")
        return f"{self._domain(group)}{slash}{number}" if "." in group else version

    def _writer(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        made = {k: v for k, v in entry.items() if k in ("operation", "time", "fieldsType", "subresource")}
        if isinstance(entry.get("apiVersion"), str):
            made["apiVersion"] = self._group(entry["apiVersion"])
        made["manager"] = self._names.name(USER, text(entry, "manager"))
        made["fieldsV1"] = _owned(entry.get("fieldsV1"))
        return made

    def _reference(self, value: Mapping[str, Any]) -> dict[str, Any]:
        kept = {k: v for k, v in value.items() if k in ("kind", "uid", "controller", "blockOwnerDeletion")}
        return {
            **kept,
            "apiVersion": self._group(text(value, "apiVersion")),
            "name": self._of_kind(text(value, "kind"), text(value, "name")),
        }

    # -- spec and status

    def _any(self, key: str, value: Any, kind: str) -> Any:
        """``kind`` is that of the object which a reference names."""
        if not isinstance(value, (dict, list)):
            return self._leaf(key, value, kind) if isinstance(value, str) and value else value
        if self._depth >= DEEPEST:
            return None
        self._depth += 1
        try:
            return self._inner(key, value, kind)
        finally:
            self._depth -= 1

    def _inner(self, key: str, value: dict[str, Any] | list[Any], kind: str) -> Any:
        if isinstance(value, dict):
            return self._mapping(key, value)
        if key in ("args", "command"):
            return list(self._arguments(value))
        return [self._any(key, v, kind) for v in value]

    def _mapping(self, key: str, value: dict[str, Any]) -> dict[str, Any]:
        if key in known.LABEL_FIELDS or (key == "selector" and all(isinstance(v, str) for v in value.values())):
            made: dict[str, Any] = self.labels(value)
            return made
        if key == "metadata":
            return self._metadata(value, "")
        if key == "featureGates":
            return value
        of = text(value, "kind")
        return {
            self._key(k): self._any(k, v, of)
            for k, v in value.items()
            if k not in known.DROPPED_FIELDS and not (k == "selector" and isinstance(v, str))
        }

    def _key(self, key: str) -> str:
        return key if _IDENTIFIER.fullmatch(key) else self._qualified(key)

    def _leaf(self, key: str, value: str, kind: str) -> str:
        if key == CA_BUNDLE:
            return self._ca_bundle(value)
        if key in known.TEXTS:
            return self._texts.replaced(value)
        if key in known.KEPT_FIELDS or key.endswith(("Time", "Timestamp", "Date")):
            return value if _ENUMERATED.fullmatch(value) else self._texts.replaced(value)
        if key == NAMESPACE:
            return self._names.namespace(value)
        if key in ("apiVersion", "apiGroup", "group"):
            return self._group(value) if "/" in value else self._domain(value) if "." in value else value
        if key == "name" or key.endswith("Name"):
            return self._of_kind(kind or {"clusterName": "cluster", "nodeName": "node"}.get(key, OTHER), value)
        if key in ("image", "imageID"):
            return self.image(value)
        if key == "holderIdentity":
            m = _HOLDER.fullmatch(value)
            return f"{self._names.name('node', m[1])}{m[2]}" if m else self._names.name("node", value)
        if key in ("finalizer", "finalizers"):
            return self._qualified(value)
        return self.unknown(value)

    def unknown(self, value: str) -> str:
        """Of a field that is in no table."""
        if _SPACE.search(value):
            return "REDACTED"
        if self._names.address(value) != value:
            return self._names.address(value)
        address, slash, bits = value.partition("/")
        if slash and bits.isdigit():
            return f"{self._names.address(address)}/{bits}"
        host, colon, port = value.rpartition(":")
        if colon and port.isdigit() and "/" not in host:
            return f"{self._names.host(host)}:{port}"
        if "://" in value:
            scheme, _, rest = value.partition("://")
            place, slash, last = rest.strip("/").rpartition("/")
            named = self._names.held(last) or self._names.name(OTHER, last)
            return f"{scheme}://{'/' if place else ''}{self._names.name(OTHER, place) if place else ''}{slash}{named}"
        return self._names.held(value) or self._names.name(OTHER, value)

    def image(self, value: str) -> str:
        """Tag and digest stay: they are the version. A registry that everyone has stays, and so do words of software."""
        m = _IMAGE.fullmatch(value)
        if m is None:
            return self.unknown(value)
        place = m[1] or ""
        registry = place.partition("/")[0]
        if registry.endswith("k8s.io"):
            return value
        mine = place and not (known.PUBLIC_DOMAINS.search(registry) and is_public(place.replace(registry, "k8s")))
        return self._mapped_image(m, place) if mine else f"{place}{'/' if place else ''}{self._image_name(m[2])}{m[3] or ''}{m[4] or ''}"

    def _mapped_image(self, m: re.Match[str], place: str) -> str:
        return f"{self._names.name(HOST, place) if place else ''}{'/' if place else ''}{self._image_name(m[2])}{m[3] or ''}{m[4] or ''}"

    def _image_name(self, name: str) -> str:
        return self._names.held(name) or self._names.name(OTHER, name)

    def _arguments(self, value: list[Any]) -> Iterator[Any]:
        """Flags keep their names; of their values what is a number, a switch or an address to listen on."""
        before = ""
        for word in value:
            m = _FLAG.fullmatch(word) if isinstance(word, str) else None
            if m is not None:
                before = m[1].lstrip("-")
                yield f"{m[1]}{m[2]}{self._argument(before, m[3])}"
            else:
                yield self._argument(before, word) if isinstance(word, str) else word

    def _argument(self, flag: str, value: str) -> str:
        if flag == NAMESPACE:
            return self._names.namespace(value)
        if _GATES.fullmatch(value) or _LISTENS.fullmatch(value) or value in _LEASES or value == "/manager":
            return value
        return ",".join(self.unknown(part) if part else part for part in value.split(","))

    def _ca_bundle(self, value: str) -> str:
        pem = _decoded(value)
        if not pem or not pem.strip():
            return value
        return base64.b64encode(self._certificate(pem)).decode()


def _owned(fields: Any, depth: int = 0) -> Any:
    """Of ``fieldsV1`` what names fields of the API; keys of maps and lists go."""
    if not isinstance(fields, dict) or depth >= DEEPEST:
        return {}
    return {
        k: {} if k[2:] in known.LABEL_FIELDS else _owned(v, depth + 1)
        for k, v in fields.items()
        if k == "." or (k.startswith("f:") and (_IDENTIFIER.fullmatch(k[2:]) or is_public(k[2:])))
    }


def _decoded(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except ValueError:
        return b""

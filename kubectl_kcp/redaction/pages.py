"""Metrics pages: labels' values that name something of the installation get stand-ins."""

from __future__ import annotations

import re

from kubectl_kcp.knowledge.redaction import KEPT_METRIC_LABELS, QUEUE_METRICS
from kubectl_kcp.redaction.names import HOST, NAMESPACE, OTHER, Names, is_harmless, is_public
from kubectl_kcp.redaction.text import Texts, tell_of

_PAIR = re.compile(rb'([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"')
_KINDS = {"cluster_name": "cluster", "cluster": "cluster", "node": "node", "pod": "pod", "machine": "machine", "host": HOST}
_NAMES = ("name", "instance", "user", "server")
_NAMESPACES = ("cluster_namespace", "namespace", "exported_namespace")


def tell_page(names: Names, page: bytes) -> None:
    for label, value in {(m[1], m[2]) for m in _PAIR.finditer(page)}:
        name, text = label.decode(), value.decode("utf-8", "replace")
        if name in _NAMESPACES:
            names.tell(NAMESPACE, text)
        elif name in _KINDS and name != "host":
            names.tell(_KINDS[name], text)
        elif name not in KEPT_METRIC_LABELS:
            tell_of(names, text)


class Pages:
    """Replaces in pages."""

    def __init__(self, names: Names, texts: Texts) -> None:
        self._names, self._texts = names, texts
        self._known: dict[tuple[bytes, bytes], bytes] = {}

    def replaced(self, page: bytes) -> bytes:
        return b"\n".join(self._line(line) for line in page.split(b"\n"))

    def _line(self, line: bytes) -> bytes:
        if line.startswith(b"#") or b"{" not in line:
            return line
        if line.startswith(tuple(q.encode() for q in QUEUE_METRICS)):
            return _PAIR.sub(lambda m: m[0] if m[1] == b"name" else self._pair(m), line)
        return _PAIR.sub(self._pair, line)

    def _pair(self, m: re.Match[bytes]) -> bytes:
        label, value = m[1], m[2]
        if (label, value) not in self._known:
            self._known[label, value] = self._value(label.decode(), value.decode("utf-8", "replace")).encode()
        return label + b'="' + self._known[label, value] + b'"'

    def _value(self, label: str, value: str) -> str:
        if not value or label in KEPT_METRIC_LABELS:
            return value
        if label in _NAMESPACES:
            return self._names.namespace(value)
        if label in _KINDS and label != "host":
            return self._names.name(_KINDS[label], value)
        if label == "host":
            host, colon, port = value.rpartition(":")
            if host.startswith("["):
                return f"[{self._names.host(host[1:-1])}]:{port}"
            return f"{self._names.host(host)}:{port}" if colon else self._names.host(value)
        if " " in value or "%" in value:
            return self._texts.replaced(value)
        if is_harmless(value) or is_public(value):
            return value
        found = self._texts.replaced(value)
        return self._names.name(OTHER, value) if found == value and label in _NAMES else found

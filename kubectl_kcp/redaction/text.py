"""Names within a text: a log's line, a condition's message, a URL. Token by token, each looked up whole, then in its parts."""

from __future__ import annotations

import re
from functools import lru_cache

from kubectl_kcp.knowledge.redaction import ORDINARY, PUBLIC, PUBLIC_DOMAINS, TOP_LEVEL
from kubectl_kcp.redaction.names import HOST, NAMESPACE, OTHER, USER, Names, is_public

_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")
_TOKEN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_HOST_NAME = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_BEFORE_NAMESPACE = re.compile(r"(?:namespaces?\\?\"?[ =:/]\s?\\?\"?|\bns=)$", re.IGNORECASE)
_BEFORE_NAME = re.compile(r'(?:/|\bname\\?"?[=:]\s?\\?"?|\b[A-Z][A-Za-z]+=\\?"?)$')
"""Where an ordinary word is a name all the same: ``default/late``, ``name="late"``, ``Cluster="late"``."""
_QUOTED_NAME = re.compile(r'\b([a-z]+)(?:\.[a-z0-9.-]+)? \\?["\']([A-Za-z0-9][A-Za-z0-9._-]*)\\?["\']')
_IN_JSON = re.compile(r'\\*"(name|namespace|clusterName|nodeName|holderIdentity)\\*":\s*\\*"([^"\\]+)\\*"')
"""Of an object within a line: an event's, or a body that ``--v=8`` logs."""
_USER = re.compile(r'\b[Uu]ser \\?"([^"\\]+)\\?"')
_DIALLED = re.compile(r"(?:://|\bdial tcp |\blookup |\bdialing )(?:[^/@\s\"]*@)?([A-Za-z][A-Za-z0-9.-]*[A-Za-z0-9])")
_BESIDE = ("/", '"', "=")
"""What stands before a name of one or two letters; elsewhere it is a word or a unit."""
_GO_FILES = ("go", "s", "crt", "key", "json", "yaml", "yml", "txt", "pem", "conf", "sock", "mod", "sum", "gz", "pb")
_PLURALS = {"namespaces": NAMESPACE, "clusters": "cluster", "machines": "machine", "nodes": "node", "secrets": "secret", "pods": "pod"}
_FIELDS = {"namespace": NAMESPACE, "clusterName": "cluster", "nodeName": "node"}
_COMMON = ORDINARY | PUBLIC


def tell_of(names: Names, text: str) -> None:
    """The names that stand in a text at places where only names stand."""
    if '"' in text or "'" in text:
        for m in _QUOTED_NAME.finditer(text):
            plural, name = m[1], m[2]
            if plural in _PLURALS or (plural.endswith("s") and "." in m[0].partition(" ")[0]):
                names.tell(_PLURALS.get(plural, OTHER), name)
        if '":' in text or '\\":' in text:
            for m in _IN_JSON.finditer(text):
                names.tell(_FIELDS.get(m[1], OTHER), m[2].partition("_")[0] if m[1] == "holderIdentity" else m[2])
        for m in _USER.finditer(text):
            for part in re.split(r"[:/]", m[1]):
                names.tell(USER, part)
    if "://" in text or "dial" in text or "lookup " in text:
        for m in _DIALLED.finditer(text):
            if not PUBLIC_DOMAINS.search(m[1]) and m[1].lower() not in _COMMON and "endpoint" not in m[1]:
                names.tell(HOST, m[1])


class Texts:
    """Replaces in texts, by one mapping."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._token = lru_cache(maxsize=200_000)(self._of_token)
        self._plain: set[str] = set()

    def replaced(self, text: str) -> str:
        """The same text with stand-ins."""
        if "@" in text:
            text = _MAIL.sub(lambda m: m[0] if "@v" in m[0] else self._names.name(USER, m[0]), text)
        text = _IPV4.sub(lambda m: self._names.address(m[0]), text)
        if text.count(":") > 1:
            text = _IPV6.sub(lambda m: self._names.address(m[0]), text)
        return _TOKEN.sub(self._found, text)

    def _found(self, m: re.Match[str]) -> str:
        token = m[0]
        if self._is_plain(token):
            return token
        end = m.end()
        if token.isdigit() or (len(token) < 3 and token.isalpha() and m.string[m.start() - 1 : m.start()] not in _BESIDE):
            return token
        before = m.string[max(0, m.start() - 16) : m.start()]
        is_namespace = m.string[end : end + 1] == "/" or _BEFORE_NAMESPACE.search(before) is not None
        return self._token(token, is_namespace, _BEFORE_NAME.search(before) is not None)

    def _is_plain(self, token: str) -> bool:
        """Whether it is no name wherever it stands: nearly all are."""
        if token in self._plain:
            return True
        if any(self._of_token(token, space, name) != token for space in (False, True) for name in (False, True)):
            return False
        self._plain.add(token)
        return True

    def _of_token(self, token: str, is_namespace: bool, is_name: bool) -> str:
        if is_name and (found := self._names.held(token)) is not None:
            return found
        found = self._held(token, is_namespace)
        if found is not None:
            return found
        if "." in token and _HOST_NAME.fullmatch(token):
            last = token.rpartition(".")[2].lower()
            if last in TOP_LEVEL and last not in _GO_FILES and not PUBLIC_DOMAINS.search(token) and not _is_symbol(token):
                return self._names.host(token)
        derived = self._derived(token)
        if derived:
            return derived
        parts = re.split(r"([-._])", token)
        return self._parts(parts, is_namespace) if len(parts) > 1 else token

    def _derived(self, token: str) -> str:
        """``late-kubeconfig`` is of a cluster that is called by an ordinary word."""
        at = token.rfind("-")
        while at > 0:
            found = self._names.held(token[:at])
            if found is not None and is_public(token[at + 1 :]):
                return found + token[at:]
            at = token.rfind("-", 0, at)
        return ""

    def _held(self, token: str, is_namespace: bool) -> str | None:
        if token.lower() in _COMMON or token.isdigit():
            return None
        return self._names.held_namespace(token) if is_namespace else self._names.held(token)

    def _parts(self, parts: list[str], is_namespace: bool) -> str:
        """The longest run of parts that is a name; what is left of it and right of it, by the same rule."""
        count = (len(parts) + 1) // 2
        for length in range(count - 1, 0, -1):
            for start in range(count - length + 1):
                run = parts[2 * start : 2 * (start + length) - 1]
                word = "".join(run)
                if len(word) < 2 or (len(word) < 4 and word.isalpha()):
                    continue
                found = self._held(word, is_namespace)
                if found is None:
                    continue
                left, right = parts[: 2 * start], parts[2 * (start + length) - 1 :]
                made = (self._parts(left[:-1], is_namespace) + left[-1] if left else "") + found
                return made + (right[0] + self._parts(right[1:], is_namespace) if right else "")
        return "".join(parts)


def _is_symbol(token: str) -> bool:
    """``unix.Poll`` and ``logs.Info``: Go's names have capital letters after the dot, hosts have none."""
    return any(p[:1].isupper() for p in token.split(".")[1:])

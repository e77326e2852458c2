"""Names and their stand-ins. First all names are told (``tell``), then they are numbered in their order, so that what is sorted by
names stays in its order; a name that comes up later is numbered as it comes."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from kubectl_kcp.knowledge.reconciles import HASHES
from kubectl_kcp.knowledge.redaction import PREFIXES, PUBLIC, PUBLIC_DOMAINS

NAMESPACE, CLUSTER, HOST, USER, OTHER = "namespace", "cluster", "host", "user", "name"
_LETTERS = str.maketrans("0123456789", "abcdefghij")
_PARTS = re.compile(r"([-._:/@ ,=+*\\]+)")
_HARMLESS = re.compile(
    r"[\d.,:+%-]*|-?\d+(?:\.\d+)?(?:[munµ]|[kKMGTP]i?|ns|us|µs|ms|s|h|d)?|(?:\d+(?:\.\d+)?(?:h|m|s|ms))+"
    r"|v?\d+(?:\.\d+)+(?:[-+][\w.+-]*)?|v\d+(?:(?:alpha|beta)\d+)?|\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
"""Numbers, sizes, durations, versions, times, UIDs: they name nothing."""


_RANDOM = re.compile(r"(?<=[a-z0-9])(?:-[bcdfghjklmnpqrstvwxz2456789]{5,10})*$")
"""What ReplicaSets, MachineSets and others append to a name (apimachinery, util/rand SafeEncodeString)."""


@lru_cache(maxsize=65536)
def is_public(name: str) -> bool:
    """Whether it is made of words of software, small numbers and random ends alone, or of a domain that everyone has."""
    words = _PARTS.split(_RANDOM.sub("", name))[::2]
    return all(w.lower() in PUBLIC or (w.isdigit() and len(w) < 4) for w in words if w) or PUBLIC_DOMAINS.search(name) is not None


@lru_cache(maxsize=65536)
def is_harmless(text: str) -> bool:
    return _HARMLESS.fullmatch(text) is not None and not _is_address(text)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class Names:
    """The mapping of one bundle. It lives in memory alone; ``items`` gives it to whom it belongs."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self._told: dict[str, str] = {}
        self._told_namespaces: set[str] = set()
        self._kept: set[str] = set()
        self._known: dict[str, str] = {}
        self._namespaces: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._frozen = False

    # -- which names there are

    def tell(self, of: str, name: str) -> None:
        """``of`` is a kind's name, a prefix, or anything: ``Machine``, ``host``."""
        if not name or self._frozen or is_harmless(name):
            return
        if is_public(name):
            self._kept.add(name)
            return
        namespace, slash, rest = name.partition("/")
        if slash and namespace and rest and "/" not in rest:
            self.tell(NAMESPACE, namespace)
            self.tell(of, rest)
            return
        prefix = _prefix(of)
        if prefix == NAMESPACE:
            self._told_namespaces.add(name)
            return
        known = self._told.get(name)
        if known is None or _rank(prefix) < _rank(known):
            self._told[name] = prefix

    def freeze(self) -> None:
        """Numbers what was told."""
        self._frozen = True
        for name in sorted(self._told_namespaces):
            self._namespaces[name] = self._next(NAMESPACE, name, len(self._told_namespaces))
        by_prefix: dict[str, list[str]] = {}
        for name, prefix in self._told.items():
            by_prefix.setdefault(prefix, []).append(name)
        clusters = set(by_prefix.get(CLUSTER, ()))
        for prefix in sorted(by_prefix, key=_rank):
            for name in sorted(by_prefix[prefix]):
                self._known[name] = self._derived(name, clusters) or self._next(prefix, name, len(by_prefix[prefix]))

    def _derived(self, name: str, clusters: set[str]) -> str:
        """``c1-control-plane`` begins with its cluster's name, and is told apart by words of software."""
        at = name.rfind("-")
        while at > 0:
            if name[:at] in clusters and name[:at] in self._known and is_public(name[at + 1 :]):
                return f"{self._known[name[:at]]}{name[at:]}"
            at = name.rfind("-", 0, at)
        return ""

    def _next(self, prefix: str, name: str, of: int = 0) -> str:
        """One that is not taken. Errors are grouped without the names that a controller made (``knowledge.reconciles.HASHES``), which
        are told by their digits and their end: so a stand-in is as easily told for one as the name, and so are those that begin with a
        cluster's."""
        while True:
            number = self._counts[prefix] = self._counts.get(prefix, 0) + 1
            digits = f"{number:0{max(2, len(str(of)))}d}"
            if HASHES.search(name):
                made = f"{prefix}{digits}-{number:05d}"
            elif prefix == CLUSTER and not any(c.isdigit() for c in name):
                made = f"{prefix}-{digits.translate(_LETTERS)}"
            else:
                made = f"{prefix}-{digits}"
            if made not in self._told and made not in self._told_namespaces and made not in self._kept:
                return made

    # -- what stands for them

    def namespace(self, name: str) -> str:
        if not name or is_public(name):
            return name
        if name not in self._namespaces:
            self._namespaces[name] = self._next(NAMESPACE, name)
        return self._namespaces[name]

    def name(self, of: str, name: str) -> str:
        """Of a name that fills its field. Words of software stay."""
        if not name or is_harmless(name) or is_public(name):
            return name
        if _prefix(of) == NAMESPACE:
            return self.namespace(name)
        namespace, slash, rest = name.partition("/")
        if slash and namespace and rest and "/" not in rest:
            return f"{self.namespace(namespace)}/{self.name(of, rest)}"
        if name not in self._known:
            self._known[name] = self._next(_prefix(of), name)
        return self._known[name]

    def held(self, name: str) -> str | None:
        """The stand-in of a name that is known, of objects first."""
        return self._known.get(name) or self._namespaces.get(name)

    def held_namespace(self, name: str) -> str | None:
        return self._namespaces.get(name) or self._known.get(name)

    def host(self, name: str) -> str:
        """Of a host's name or address."""
        if not name or _is_address(name):
            return self.address(name)
        if PUBLIC_DOMAINS.search(name) or is_public(name) or is_harmless(name):
            return name
        return self._known.get(name) or self.name(HOST, name)

    def address(self, text: str) -> str:
        """Of an IP address: one of 198.18.0.0/15 or 2001:db8::/32, which are nobody's (RFC 2544, RFC 3849). What is no address stays, and
        so do loopback and unspecified ones."""
        known = self._addresses.get(text)
        if known is not None:
            return known
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return text
        if address.is_loopback or address.is_unspecified:
            return text
        n = self._counts[str(address.version)] = self._counts.get(str(address.version), 0) + 1
        made = str(
            ipaddress.IPv4Address((198 << 24 | 18 << 16) + n % (1 << 17))
            if address.version == 4
            else ipaddress.IPv6Address((0x20010DB8 << 96) + n)
        )
        self._addresses[text] = made
        return made

    def digest(self, data: bytes, length: int) -> bytes:
        """Bytes that stand for others: alike for alike, and not to be found from them."""
        made, n = b"", 0
        while len(made) < length:
            made += hashlib.blake2b(n.to_bytes(4, "big") + data, key=self._salt[:64]).digest()
            n += 1
        return made[:length]

    def items(self) -> Iterator[tuple[str, str, str]]:
        """What was replaced: ``namespace``, ``name`` or ``address``, the original, its stand-in."""
        tables: Mapping[str, Mapping[str, str]] = {"namespace": self._namespaces, "name": self._known, "address": self._addresses}
        for of, table in tables.items():
            for original in sorted(table):
                yield of, original, table[original]


def _prefix(of: str) -> str:
    small = of.lower()
    return small if small in PREFIXES else OTHER


def _rank(prefix: str) -> int:
    return PREFIXES.index(prefix) if prefix in PREFIXES else len(PREFIXES)

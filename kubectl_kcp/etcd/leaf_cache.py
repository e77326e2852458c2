"""Our own credentials, cached as issue 8602 of kubernetes-sigs/cluster-api discusses it.

An entry lives for one Cluster UID, one etcd CA (by its public key) and one key algorithm; at most for a TTL. One
generation at a time for one key: others wait for it. It is dropped on an authentication error, when the CA changes and
when the Cluster goes; a network error drops nothing, because credentials are kept apart from connections. In memory only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from msgspec import Struct, field

C = TypeVar("C")


class CacheKey(Struct, frozen=True):
    """What a credential is good for. ``ca_sha256`` is over the CA's SubjectPublicKeyInfo: a CA renewed with the same key
    signs what the old one signed."""

    cluster_uid: str
    ca_sha256: str
    algorithm: str = "ECDSA-P-256"


class Statistics(Struct):
    """Counted since the cache was made."""

    generations: int = 0
    hits: int = 0
    waits: int = 0


class _Entry(Struct, Generic[C]):
    """One key's state. ``done`` is set when the generation that made or failed it has ended."""

    done: threading.Event = field(default_factory=threading.Event)
    value: C | None = None
    expires: datetime | None = None


class LeafCache(Generic[C]):
    """Safe for use by many threads. ``clock`` gives aware datetimes; ``ttl`` must be below the credential's own life."""

    def __init__(self, ttl: timedelta, clock: Callable[[], datetime]) -> None:
        self._ttl = ttl
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[CacheKey, _Entry[C]] = {}
        self.statistics = Statistics()

    def get(self, key: CacheKey, generate: Callable[[], C]) -> C:
        """The cached credential, or a new one. What ``generate`` raises goes to the one caller that ran it; one of those
        who waited for it tries next."""
        while True:
            with self._lock:
                entry = self._entries.get(key)
                if entry is None or self._expired(entry):
                    entry = _Entry()
                    self._drop_other_authorities(key)
                    self._entries[key] = entry
                    self.statistics.generations += 1
                    break
                if entry.value is not None:
                    self.statistics.hits += 1
                    return entry.value
                self.statistics.waits += 1
            entry.done.wait()
        return self._generate(key, entry, generate)

    def _generate(self, key: CacheKey, entry: _Entry[C], generate: Callable[[], C]) -> C:
        try:
            value = generate()
        except BaseException:
            with self._lock:
                self._remove(key, entry)
            raise
        else:
            with self._lock:
                entry.value, entry.expires = value, self._clock() + self._ttl
            return value
        finally:
            entry.done.set()

    def _expired(self, entry: _Entry[C]) -> bool:
        return entry.expires is not None and self._clock() >= entry.expires

    def _drop_other_authorities(self, key: CacheKey) -> None:
        for other in [k for k in self._entries if k.cluster_uid == key.cluster_uid and k.ca_sha256 != key.ca_sha256]:
            del self._entries[other]

    def _remove(self, key: CacheKey, entry: _Entry[C]) -> None:
        if self._entries.get(key) is entry:
            del self._entries[key]

    def reject(self, key: CacheKey, value: C) -> None:
        """An authentication error with ``value``: drops it, unless a newer one has taken its place."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and entry.value is value:
                del self._entries[key]

    def forget(self, cluster_uid: str) -> None:
        """The Cluster was deleted."""
        with self._lock:
            for key in [k for k in self._entries if k.cluster_uid == cluster_uid]:
                del self._entries[key]

    def __len__(self) -> int:
        with self._lock:
            return sum(e.value is not None and not self._expired(e) for e in self._entries.values())

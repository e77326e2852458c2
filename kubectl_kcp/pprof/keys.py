"""How many RSA keys a controller made for etcd client credentials, read from its heap profile.

Allocations count from the start of the process, so this shows on a controller that is idle now. Counted is what lies
under ``rsa.GenerateKey`` **below** ``generateClientCert``: signing and encoding allocate, too. One key's bytes depend on
the Go version; where the same process created clusters, their CA and service account keys tell them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from kubectl_kcp.knowledge.key_sizes import key_size
from kubectl_kcp.knowledge.sampling import GO_PERIOD
from kubectl_kcp.model.profile import Stacks
from kubectl_kcp.model.profile_report import KeyContext, KeysGenerated

ALLOCATED = "alloc_space"
GENERATE = re.compile(r"(^|/)rsa\.GenerateKey$")
CREDENTIAL = re.compile(r"\.generateClientCert$")
CREATION = re.compile(r"\.(newCertificateAuthority|generateServiceAccountKeys)$")
KEYS_PER_CREATION = 4
"""A new cluster gets three CAs (Kubernetes, etcd, front proxy) and one service account key. Its kubeconfig's key is left
out: it is made again whenever the kubeconfig is renewed."""

ENOUGH = 10
"""Fewer samples under CA generation than this do not calibrate: the size would be uncertain by two thirds (95 %)."""

DAY = 86400.0
CACHED_TIMES = 3
"""A cache makes one key for a cluster and one more each day; three times that is no cache."""


def keys_generated(stacks: Stacks, rate: int, context: KeyContext) -> KeysGenerated:
    """``stacks`` are all of ALLOCATED; ``rate`` is in bytes for a sample, 0 where the profile does not tell it."""
    period = rate if rate > 0 else GO_PERIOD[ALLOCATED]
    # A difference that was saved as a profile may hold less than nothing.
    allocated, reference = max(0, _value_below(stacks, CREDENTIAL)), max(0, _value_below(stacks, CREATION))
    low_size, high_size, size = _size_of_a_key(reference, period, context)
    samples = round(allocated / period)
    keys = allocated / size if size is not None else None if allocated else 0.0
    # A sampled sum of n samples has a relative standard error of 1/sqrt(n).
    error = min(1.0, 2 / math.sqrt(samples)) if samples else 0.0
    return KeysGenerated(
        allocated=allocated,
        samples=samples,
        keys=keys,
        low=allocated / high_size * (1 - error),
        high=allocated / low_size * (1 + error),
        calibrated=size is not None,
        bytes_per_key=(low_size, high_size),
        context=context,
    )


def _size_of_a_key(reference: int, period: int, context: KeyContext) -> tuple[float, float, float | None]:
    """Bytes from, to, and the best guess: as measured on this process, within what is known of its Go version.

    A measurement far outside shows that clusters brought their own CAs, or that another process created them: then
    there is no guess.
    """
    known = key_size(context.go_version)
    samples = reference / period
    if not context.created or samples < ENOUGH:
        return known.low, known.high, None
    size = reference / (KEYS_PER_CREATION * context.created)
    error = 2 / math.sqrt(samples)
    if size * (1 + error) < known.low or size * (1 - error) > known.high:
        return known.low, known.high, None
    return max(size * (1 - error), known.low), min(size * (1 + error), known.high), min(max(size, known.low), known.high)


def share_of_keys(stacks: Stacks) -> float:
    """How much of the total goes into RSA keys for etcd client credentials, 0 to 1."""
    return _value_below(stacks, CREDENTIAL) / stacks.total if stacks.total else 0.0


def _value_below(stacks: Stacks, caller: re.Pattern[str]) -> int:
    """What lies under GENERATE where it was called, directly or not, by ``caller``. Stacks are leaf first."""
    generate, above = _indices(stacks, GENERATE.search), _indices(stacks, caller.search)
    total = 0
    for frames, value in zip(stacks.frames, stacks.values, strict=True):
        made = next((i for i, f in enumerate(frames) if f in generate), None)
        if made is not None and not above.isdisjoint(frames[made:]):
            total += value
    return total


def _indices(stacks: Stacks, matches: Callable[[str], object]) -> frozenset[int]:
    return frozenset(i for i, name in enumerate(stacks.names) if matches(name))


def made_anew(generated: KeysGenerated) -> bool:
    """Whether there are more keys than any cache would have made: certainly so, at the low end of the estimate."""
    clusters = generated.context.clusters
    if not clusters:
        return False
    days = math.ceil((generated.context.uptime or 0.0) / DAY)
    return generated.low > CACHED_TIMES * clusters * max(1, days)

"""How the API server says that something beside RBAC does not allow a change. Its status is 403, 422 or 429; the words tell who."""

from __future__ import annotations

DENIED = ("denied request", "denied the request")
"""A ValidatingAdmissionPolicy or a webhook (apiserver, admission/plugin/policy/validating and webhook/errors)."""

BUDGET = ("disruption budget",)
"""A PodDisruptionBudget, at an eviction (apiserver, registry/core/pod/storage/eviction.go)."""


def says(words: str, those: tuple[str, ...]) -> bool:
    return any(each in words for each in those)

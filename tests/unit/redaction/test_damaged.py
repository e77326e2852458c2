"""Objects that anyone may have written, in any shape: they are redacted, or lose what is odd, and nothing is raised."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_kcp.redaction.certificates import Certificates
from kubectl_kcp.redaction.names import Names
from kubectl_kcp.redaction.objects import Objects, ca_bundles, tell_names
from kubectl_kcp.redaction.text import Texts

META = (
    "metadata",
    "name",
    "namespace",
    "labels",
    "annotations",
    "finalizers",
    "managedFields",
    "ownerReferences",
    "fieldsV1",
    "manager",
    "uid",
)
FIELDS = ("spec", "status", "kind", "apiVersion", "f:spec", "matchLabels", "selector", "args", "image", "caBundle", "host", "address")
KEYS = st.sampled_from((*META, *FIELDS, "message", "type", "holderIdentity", "conditions", "failureDomains", "x.io/y"))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=12),
    st.sampled_from(
        ["a/b", "https://x", "10.0.0.1", "::1", "-----BEGIN CERTIFICATE-----", "Q2c9PQ==", "[::]:80", "--a=b", "x://", "a:b:c", "/"]
    ),
)
VALUES = st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)), max_leaves=40)


def redacted(obj: dict[str, Any]) -> dict[str, Any]:
    names = Names(b"salt")
    certificates = Certificates(names)
    tell_names(names, obj)
    for pem in ca_bundles(obj):
        certificates.tell(pem, "")
    names.freeze()
    certificates.relate()
    return Objects(names, Texts(names), certificates.replaced).replaced(obj)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_nothing_is_raised(obj: dict[str, Any]) -> None:
    json.dumps(redacted(obj))


def test_what_is_nested_too_deep_goes() -> None:
    inner: Any = "zanzibar"
    for _ in range(300):
        inner = {"spec": [inner]}
    assert "zanzibar" not in json.dumps(
        redacted({"kind": "Cluster", "metadata": {"name": "x", "managedFields": [{"fieldsV1": inner}]}, "spec": inner})
    )

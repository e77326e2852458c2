"""The short way through a kubeconfig gives what the YAML reader gives, or nothing."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from kubectl_kcp.sources import plain_yaml, usual_kubeconfig

DATA = base64.b64encode(b"what lies in the Secret, long enough to count").decode()
USUAL = f"""apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: {DATA}
    server: https://10.0.0.1:6443
  name: c1
contexts:
- context:
    cluster: c1
    user: c1-admin
  name: c1-admin@c1
current-context: c1-admin@c1
kind: Config
preferences: {{}}
users:
- name: c1-admin
  user:
    client-certificate-data: {DATA}
    client-key-data: {DATA}
"""


def by_yaml(config: bytes) -> tuple[object, ...]:
    doc = plain_yaml.load(config)
    context = next(c["context"] for c in doc["contexts"] if c["name"] == doc["current-context"])
    cluster = next(c["cluster"] for c in doc["clusters"] if c["name"] == context["cluster"])
    user = next(u["user"] for u in doc["users"] if u["name"] == context["user"])
    return (
        cluster["server"],
        cluster["certificate-authority-data"].encode(),
        user["client-certificate-data"].encode(),
        user["client-key-data"].encode(),
    )


def by_shape(config: bytes) -> tuple[object, ...] | None:
    found = usual_kubeconfig.read(config)
    return None if found is None else (found.server, found.ca_data, found.certificate_data, found.key_data)


def test_cluster_apis_own_is_read_with_and_without_preferences() -> None:
    for config in (USUAL, USUAL.replace("preferences: {}\n", "")):
        assert by_shape(config.encode()) == by_yaml(config.encode())


def test_a_null_by_name_is_left_to_yaml() -> None:
    assert by_shape(USUAL.replace("c1-admin@c1", "null").encode()) is None


PIECES = [
    "\n",
    " ",
    "  ",
    ": ",
    ":",
    "#",
    " #",
    "'",
    '"',
    "- ",
    "&a ",
    "*a",
    "!!x ",
    "{}",
    "[",
    "~",
    "\t",
    "\r",
    "---\n",
    "name",
    "null",
    "é",
]


@given(st.integers(0, len(USUAL)), st.integers(0, 12), st.lists(st.sampled_from(PIECES), max_size=3))
def test_whatever_is_changed_it_never_tells_something_else(at: int, dropped: int, put: list[str]) -> None:
    config = (USUAL[:at] + "".join(put) + USUAL[at + dropped :]).encode()
    found = by_shape(config)
    if found is not None:
        assert found == by_yaml(config)


@given(st.from_regex(r"[A-Za-z0-9@./_-]{1,6}", fullmatch=True))
def test_any_name_means_what_yaml_takes_it_for(name: str) -> None:
    config = USUAL.replace("c1-admin@c1", name).encode()
    found = by_shape(config)
    if found is not None:
        assert found == by_yaml(config)

"""Secrets in protobuf, from the server to the model: the tool's default way, page by page."""

from __future__ import annotations

import json

import pytest

from kubectl_kcp.kube import wire
from kubectl_kcp.kube.api import Api
from kubectl_kcp.kube.kubeconfig import from_bytes
from kubectl_kcp.sources.live import pages
from kubectl_kcp.sources.live.source import LiveSource
from kubectl_kcp.sources.secrets import reduce
from tests.unit.sandbox.running import ADMIN, Running
from tests.unit.sources.live.test_secret_message import secret

NAMES = tuple(f"c{n}-etcd" for n in range(5))


def test_pages_of_secrets_are_read_from_protobuf_as_from_json(api: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    made = [secret(name, tls_crt=b"crt", tls_key=b"key") for name in NAMES]
    for one in made:
        del one["metadata"]["uid"], one["metadata"]["resourceVersion"]
    api.put("secrets", *made)
    client = Api(from_bytes(api.kubeconfig(*ADMIN).read_bytes(), "admin"))
    raw = client.request("GET", "/api/v1/secrets", accept=wire.ACCEPT)
    assert wire.is_protobuf(raw)
    assert wire.is_protobuf(client.request("GET", "/api/v1/namespaces/ns/secrets/c0-etcd", accept=wire.ACCEPT))
    plain = [reduce(o) for o in json.loads(client.request("GET", "/api/v1/secrets"))["items"]]
    found = LiveSource(client, "ns/account").secrets()
    assert found.failures == ()
    assert {s.name for s in found.items} == set(NAMES)
    assert sorted(found.items, key=lambda s: s.name) == sorted((s for s in plain if s), key=lambda s: s.name)

"""A second look at the same Secrets: their metadata, and those that changed. The sandbox's API server counts the requests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from kubectl_kcp.kube.api import Api
from kubectl_kcp.kube.kubeconfig import from_bytes
from kubectl_kcp.model.reference import Listing
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.sources.live import changed_only, pages
from kubectl_kcp.sources.live.facts import Facts
from kubectl_kcp.sources.live.source import LiveSource
from tests.authority import certificate
from tests.unit.sandbox.running import ADMIN, Running, running
from tests.unit.sources.live.test_secret_message import secret

CA, OTHER = certificate("etcd-ca"), certificate("another-ca")
NAMES = tuple(f"c{n}-etcd" for n in range(60))
TYPED = "type=cluster.x-k8s.io/secret"


class World:
    """``asked`` are the requests for Secrets: what was accepted first, and the path's last part."""

    def __init__(self, api: Running) -> None:
        self.api = api
        self.asked: list[str] = []
        api.server.interceptors.append(self.see)
        self.put(*NAMES)
        boot = secret("c0-x", "KubeadmConfig", value=b"join", format=b"cloud-config")
        api.put("secrets", boot)

    def put(self, *names: str, pem: bytes = CA.pem) -> None:
        for name in names:
            made = secret(name, tls_crt=pem, tls_key=CA.key_pem)
            del made["metadata"]["uid"], made["metadata"]["resourceVersion"]
            self.api.put("secrets", made)

    async def see(self, request: web.Request) -> web.StreamResponse | None:
        if "/secrets" in request.path and request.query.get("fieldSelector", TYPED) == TYPED:
            form = "metadata" if "as=PartialObjectMetadataList" in request.headers["Accept"] else "whole"
            self.asked.append(form if request.path.endswith("/secrets") else request.path.rpartition("/")[2])
        return None

    def look(
        self, facts: Facts | None, user: tuple[str, tuple[str, ...]] = ADMIN, namespace: str | None = None
    ) -> Listing[CertificateSecret]:
        self.asked.clear()
        client = Api(from_bytes(self.api.kubeconfig(*user).read_bytes(), "x"))
        return LiveSource(client, "ns/account", facts=facts).secrets(namespace)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with running(tmp_path) as api:
        yield World(api)


def test_a_second_look_asks_for_metadata_alone_and_sees_the_same(world: World) -> None:
    plain = world.look(None)
    assert world.asked == ["whole"]
    assert world.look(Facts("x")) == plain
    assert world.asked == ["whole"], "what nobody knows is not asked for twice"
    assert world.look(Facts("x")) == plain
    assert world.asked == ["metadata"]
    assert len(plain.items) == len(NAMES)


def test_page_by_page_it_is_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 25)
    monkeypatch.setattr(changed_only, "METADATA_PAGE", 50)
    first = world.look(Facts("x"))
    assert world.asked == ["whole"] * 3
    assert world.look(Facts("x")) == first == world.look(None)
    world.look(Facts("x"))
    assert world.asked == ["metadata"] * 2


def test_what_changed_shows_at_once_and_what_is_gone_is_gone(world: World) -> None:
    world.look(Facts("x"))
    world.put("c7-etcd", pem=OTHER.pem)
    world.put("new-etcd")
    world.api.loop.call(world.api.store.remove, "secrets", "ns", "c3-etcd")
    found = world.look(Facts("x"))
    assert sorted(world.asked) == ["c7-etcd", "metadata", "new-etcd"]
    assert found == world.look(None)
    names = {s.name for s in found.items}
    assert "new-etcd" in names
    assert "c3-etcd" not in names
    assert next(s for s in found.items if s.name == "c7-etcd").certificate_pem == OTHER.pem
    world.look(Facts("x"))
    assert world.asked == ["metadata"]


def test_an_older_version_that_comes_back_under_the_same_number_is_another(world: World) -> None:
    """An API server that was restored counts anew: the same UID and resourceVersion, written at another time."""
    world.look(Facts("x"))
    found = world.api.store.get("secrets", "ns", "c7-etcd")
    assert found is not None
    made = secret("c7-etcd", tls_crt=OTHER.pem, tls_key=CA.key_pem)
    made["metadata"] |= {k: found["metadata"][k] for k in ("uid", "creationTimestamp", "resourceVersion")}
    made["metadata"]["managedFields"][0]["time"] = "2026-02-03T04:05:06Z"
    found.clear()
    found.update(made)
    seen = world.look(Facts("x"))
    assert world.asked == ["metadata", "c7-etcd"]
    assert next(s for s in seen.items if s.name == "c7-etcd").certificate_pem == OTHER.pem


def test_where_most_changed_all_are_read(world: World) -> None:
    world.look(Facts("x"))
    world.put(*NAMES[: changed_only.FEW + 1], pem=OTHER.pem)
    found = world.look(Facts("x"))
    assert world.asked == ["metadata", "whole"]
    assert found == world.look(None)


def test_again_and_again_in_one_process(world: World, tmp_path: Path) -> None:
    """As ``--watch`` and ``export`` do it, where nothing can be written, too."""
    (tmp_path / "cache").write_text("in the way")
    facts = Facts("x")
    first = world.look(facts)
    world.put("c7-etcd", pem=OTHER.pem)
    assert world.look(facts) == world.look(None) != first
    world.look(facts)
    assert world.asked == ["metadata"]


def rights(world: World, *verbs: str) -> None:
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": list(verbs)}
    subject = {"kind": "User", "name": "jane", "apiGroup": "rbac.authorization.k8s.io"}
    role = {"kind": "ClusterRole", "name": "some", "apiGroup": "rbac.authorization.k8s.io"}
    world.api.put("clusterroles", {"metadata": {"name": "some"}, "rules": [rule]})
    world.api.put("clusterrolebindings", {"metadata": {"name": "some"}, "subjects": [subject], "roleRef": role})


def test_who_may_not_list_secrets_is_shown_no_facts(world: World) -> None:
    assert world.look(Facts("x")).items
    for verbs in (("get",), ()):
        rights(world, *verbs)
        for namespace in (None, "ns"):
            denied = world.look(Facts("x"), ("jane", ()), namespace)
            assert denied.items == ()
            assert denied.failures


def test_who_may_list_and_not_get_reads_all_where_one_changed(world: World) -> None:
    rights(world, "list")
    jane = ("jane", ())
    world.look(Facts("x"), jane)
    world.put("c7-etcd", pem=OTHER.pem)
    found = world.look(Facts("x"), jane)
    assert world.asked == ["metadata", "c7-etcd", "whole"]
    assert found == world.look(None, jane)


def test_a_server_without_protobuf(world: World) -> None:
    async def json_alone(request: web.Request) -> web.StreamResponse | None:
        if "protobuf" not in request.headers.get("Accept", ""):
            return None
        rest = request.headers["Accept"].partition(",")[2]
        headers = request.headers.copy()
        headers["Accept"] = rest
        return await world.api.server._handle(request.clone(headers=headers))

    world.api.server.interceptors.append(json_alone)
    plain = world.look(Facts("x"))
    world.put("c7-etcd", pem=OTHER.pem)
    found = world.look(Facts("x"))
    assert {"c7-etcd", "metadata"} == set(world.asked)
    assert found == world.look(None) != plain

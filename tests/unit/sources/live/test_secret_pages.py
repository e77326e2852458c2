"""A fleet's pages of Secrets, read by two processes: the same as by one, whatever becomes of the second."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from kubectl_kcp.errors import BadInput, KcpError
from kubectl_kcp.kube import wire
from kubectl_kcp.kube.api import Api
from kubectl_kcp.kube.kubeconfig import from_bytes
from kubectl_kcp.machine.second_process import SecondProcess
from kubectl_kcp.pki import reading
from kubectl_kcp.sources.live import secret_pages
from kubectl_kcp.sources.live.facts import fact_of, packed, unpacked
from kubectl_kcp.sources.live.secret_pages import read, read_all
from tests.authority import certificate
from tests.unit.sandbox.running import ADMIN, running
from tests.unit.sources.live.test_facts import PRIVATE, PUBLIC, reduced
from tests.unit.sources.live.test_secret_message import secret

CA = certificate("etcd-ca")
BROKEN = wire.MAGIC + b"\xff"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """As the sandbox's API server writes them in protobuf, of three Secrets each; the last of JSON."""
    made = []
    with running(tmp_path_factory.mktemp("api")) as api:
        client = Api(from_bytes(api.kubeconfig(*ADMIN).read_bytes(), "x"))
        for number in range(9):
            for name in ("a", "b", "c"):
                one = secret(f"{name}{number}-etcd", tls_crt=CA.pem, tls_key=CA.key_pem)
                del one["metadata"]["uid"], one["metadata"]["resourceVersion"]
                api.put("secrets", one)
            made.append(client.request("GET", "/api/v1/secrets", accept=wire.ACCEPT))
            for name in ("a", "b", "c"):
                api.loop.call(api.store.remove, "secrets", "ns", f"{name}{number}-etcd")
        assert all(map(wire.is_protobuf, made))
        api.put("secrets", secret("last-etcd", tls_crt=CA.pem))
        made.append(client.request("GET", "/api/v1/secrets"))
    return made


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)


def names(found: list[Any]) -> list[str]:
    return [fact.secret.name for _, fact in found]


def test_two_read_the_same_as_one(pages: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    alone = [entry for page in pages for entry in read(page)]
    assert names(alone) == [*(f"{name}{number}-etcd" for number in range(9) for name in ("a", "b", "c")), "last-etcd"]
    here, answered, ask = list[bytes](), Event(), SecondProcess.ask

    def slow(content: bytes) -> list[Any]:
        here.append(content)
        if len(here) == 3:
            answered.wait(20)
        return read(content)

    def told(process: SecondProcess, function: str, question: bytes) -> bytes | None:
        answer = ask(process, function, question)
        answered.set()
        return answer

    monkeypatch.setattr(secret_pages, "read", slow)
    monkeypatch.setattr(SecondProcess, "ask", told)
    assert read_all(iter(pages)) == alone
    assert 0 < len(here) < len(pages), "some here, some there"


def test_a_list_of_one_page_starts_nobody(pages: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_pages, "second_process", lambda: pytest.fail("started"))
    assert len(read_all(iter(pages[:1]))) == 3


def test_what_the_second_process_does_not_answer_is_read_here(pages: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SecondProcess, "ask", lambda *_: None)
    assert read_all(iter(pages)) == [entry for page in pages for entry in read(page)]
    monkeypatch.undo()
    monkeypatch.setattr(secret_pages, "second_process", lambda: None)
    assert read_all(iter(pages)) == [entry for page in pages for entry in read(page)]


@pytest.mark.parametrize("at", [0, 2, 3, 5, 9])
def test_a_broken_page_fails_as_it_does_with_one(pages: list[bytes], at: int) -> None:
    with pytest.raises(BadInput, match="protobuf that is broken"):
        read_all(iter([*pages[:at], BROKEN, *pages[at:]]))


@pytest.mark.parametrize("at", [1, 3, 6])
def test_a_list_that_fails_midway_fails(pages: list[bytes], at: int) -> None:
    def cut() -> Iterator[bytes]:
        yield from pages[:at]
        raise KcpError("the API server is gone")

    with pytest.raises(KcpError, match="gone"):
        read_all(cut())


@pytest.mark.parametrize("given", [*PUBLIC.values(), *PRIVATE.values(), None], ids=[*PUBLIC, *PRIVATE, "bootstrap data"])
def test_a_fact_is_the_same_on_the_other_side(given: dict[str, Any] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_read", {})
    made = [(b"digest", fact_of(None if given is None else reduced(given)))]
    known, content = dict(reading._read), packed(made)
    reading._read.clear()
    assert unpacked(content) == made
    assert reading._read.items() <= known.items(), "what is remembered is what was read"
    if made[0][1].certificates:
        assert reading._read, "its certificates need not be read again"


def test_nothing_is_on_disk(pages: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("TMPDIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    read_all(iter(pages))
    assert list(tmp_path.iterdir()) == []

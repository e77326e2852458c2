"""Hostile and damaged bundles end in one line; what is missing from good ones is said."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import BadInput, NotFound
from kubectl_kcp.knowledge.resources import CLUSTERS
from kubectl_kcp.sources.bundle import archive
from kubectl_kcp.sources.bundle.open import demos, open_bundle
from tests.fuzz import damage, fuzz_bundle

AT = ("captured-at.txt", b"2026-11-24T03:00:00Z\n")


def entry(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> tuple[tarfile.TarInfo, bytes]:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, link, len(content)
    return made, content


def packed(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for info, content in (entry(*AT), *entries):
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def refused(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "bundle"
    path.write_bytes(data)
    with pytest.raises(BadInput) as caught, open_bundle(str(path)):
        pass
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("hostile", "words"),
    [
        (entry("../evil"), "a path that leaves it"),
        (entry("objects/../../evil"), "a path that leaves it"),
        (entry("/etc/passwd"), "a path that leaves it"),
        (entry("..\\evil"), "a path that leaves it"),
        (entry("objects/clusters.json", kind=tarfile.SYMTYPE, link="/etc/passwd"), "a link, a device or sparse"),
        (entry("objects/clusters.json", kind=tarfile.LNKTYPE, link="captured-at.txt"), "a link, a device or sparse"),
        (entry("null", kind=tarfile.CHRTYPE), "a link, a device or sparse"),
        (entry("pipe", kind=tarfile.FIFOTYPE), "a link, a device or sparse"),
        (entry(*AT), "twice"),
    ],
    ids=["parent", "inner-parent", "absolute", "backslash", "symlink", "hardlink", "device", "fifo", "twice"],
)
def test_hostile_members_are_refused(hostile: tuple[tarfile.TarInfo, bytes], words: str, tmp_path: Path) -> None:
    assert words in refused(tmp_path, gzip.compress(packed(hostile)))


def test_a_sparse_file_that_claims_ten_gigabytes(tmp_path: Path) -> None:
    info = tarfile.TarInfo("objects/clusters.json")
    info.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(10 << 30), "GNU.sparse.numblocks": "1"}
    info.size = 1
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for i, content in (entry(*AT), (info, b"x")):
            tar.addfile(i, io.BytesIO(content))
    assert "sparse" in refused(tmp_path, gzip.compress(out.getvalue()))


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_a_bomb_stops_at_the_limit(compress: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST", 4 << 20)
    assert "unpacks to more than 4 MiB" in refused(tmp_path, compress(packed(entry("objects/x.json", bytes(9 << 20)))))


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_FILES", 10)
    assert "more than 10 files" in refused(tmp_path, gzip.compress(packed(*(entry(f"objects/{n}") for n in range(10)))))


def test_long_names_chained_without_end(tmp_path: Path) -> None:
    """tarfile follows each header into the next one."""
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 2
    one = header.tobuf(tarfile.GNU_FORMAT) + b"a\0" + bytes(510)
    assert "not a tar archive" in refused(tmp_path, gzip.compress(one * 5000))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "neither a folder nor a tar archive"),
        (b"hello", "neither a folder nor a tar archive"),
        (b"PK\x03\x04rest", "a zip archive"),
        (gzip.compress(packed())[:-20], "cut or damaged"),
        (lzma.compress(packed())[:-20], "cut or damaged"),
        (gzip.compress(packed(entry("objects/x.json", b"x" * 5000))[:2048]), "cut"),
        (gzip.compress(b"not a tar" * 100), "not a tar archive"),
        (gzip.compress(packed(entry("manifest.json", b'{"format": 2}'))), "format 2 is newer than this program reads (1)"),
        (gzip.compress(packed(entry("manifest.json", b"[]"))), "manifest.json is not a bundle's"),
        (gzip.compress(packed(entry("manifest.json", b"["))), "manifest.json is not JSON"),
    ],
    ids=["empty", "text", "zip", "gzip-cut", "xz-cut", "tar-cut", "no-tar", "newer", "list", "no-json"],
)
def test_what_is_no_bundle(data: bytes, words: str, tmp_path: Path) -> None:
    assert words in refused(tmp_path, data)


def test_without_a_time_it_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no captured-at"), open_bundle(str(tmp_path)):
        pass


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "captured-at.txt").write_bytes(AT[1])
    (tmp_path / "objects").mkdir()
    (tmp_path / "outside").write_text(json.dumps({"items": []}))
    (tmp_path / "objects/clusters.json").symlink_to(tmp_path / "outside")
    with open_bundle(str(tmp_path)) as source:
        assert source.objects(CLUSTERS).failures[0].reason.endswith("a link: refused")


def test_one_broken_part_does_not_hide_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "b"
    path.write_bytes(
        gzip.compress(packed(entry("objects/clusters.json", b"{"), entry("objects/pods.json", b'{"items": [{"metadata": {}}]}')))
    )
    from kubectl_kcp.knowledge.resources import PODS

    with open_bundle(str(path)) as source:
        assert "not JSON" in source.objects(CLUSTERS).failures[0].reason
        assert len(source.objects(PODS).items) == 1


def test_an_embedded_recording_that_there_is_not() -> None:
    with pytest.raises(NotFound, match="no embedded bundle 'demo:x'") as caught, open_bundle("demo:x"):
        pass
    assert all(d in caught.value.hint.text("kubectl kcp") for d in demos())


@pytest.mark.parametrize("command", [["certs", "status"], ["top"], ["profile"], ["cache"]])
def test_each_command_says_it_in_one_line(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "b"
    path.write_bytes(gzip.compress(packed(entry("../evil"))))
    assert run([*command, "--bundle", str(path)], "kubectl kcp") == 4
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert shown.err.startswith("error: bundle ")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes(data: bytes) -> None:
    fuzz_bundle.read(data, Counter())


def test_the_fuzz_loop_runs_and_reaches_good_and_bad() -> None:
    outcomes = damage.run(800, 1, fuzz_bundle.one, fuzz_bundle.read)
    assert outcomes["read"] > 20
    assert len(outcomes) > 8

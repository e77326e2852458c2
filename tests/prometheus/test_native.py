"""Native histograms, which no backfill makes: written to a real Prometheus by its remote-write receiver."""

from __future__ import annotations

import json
import struct
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.knowledge.figures import STARTED
from tests.prometheus.conftest import OWN_LABELS, serving
from tests.prometheus.stories import END, SCRAPE

POD = {k: v.format(pod="kcp-1-2", namespace="capi", provider="control-plane-kubeadm") for k, v in OWN_LABELS.items()}
QUEUE = "workqueue_queue_duration_seconds"
SAMPLES = 80


def varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*made, value))


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def content(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value


def double(field: int, value: float) -> bytes:
    return varint(field << 3 | 1) + struct.pack("<d", value)


def series(name: str, labels: Mapping[str, str], at: int, sample: bytes) -> bytes:
    """prompb.TimeSeries; ``sample`` is its field with a sample or a histogram."""
    pairs = sorted({"__name__": name, **labels}.items())
    return content(1, b"".join(content(1, content(1, k.encode()) + content(2, v.encode())) for k, v in pairs) + sample)


def histogram(count: int, at: int) -> bytes:
    """All observations lie between 16 and 32 seconds: bucket 5 of schema 0. Signed numbers are zigzag."""
    span = content(11, number(1, 5 << 1) + number(2, 1))
    return content(4, number(1, count) + double(3, 30.0 * count) + number(4, 0) + span + content(12, varint(count << 1)) + number(15, at))


def snappy(data: bytes) -> bytes:
    """Literals alone."""
    made = bytearray(varint(len(data)))
    for begin in range(0, len(data), 1 << 16):
        part = data[begin : begin + (1 << 16)]
        made += bytes((61 << 2,)) + struct.pack("<H", len(part) - 1) + part
    return bytes(made)


def write(url: str, body: bytes) -> None:
    headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf", "X-Prometheus-Remote-Write-Version": "0.1.0"}
    urllib.request.urlopen(urllib.request.Request(f"{url}/api/v1/write", snappy(body), headers, method="POST"), timeout=10).close()


def test_a_queue_in_a_native_histogram(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ("--web.enable-remote-write-receiver", "--enable-feature=native-histograms")
    with serving(tmp_path, *flags) as url:
        for i in range(SAMPLES):
            at = round((END.timestamp() - (SAMPLES - 1 - i) * SCRAPE) * 1000)
            up = series(STARTED, POD, at, content(2, double(1, 1.0) + number(2, at)))
            write(url, up + series(QUEUE, {**POD, "name": "machine"}, at, histogram(10 * (i + 1), at)))
        words = ["top", "--since", "20m", "--at", END.isoformat(), "--prometheus", url, "-o", "json"]
        assert run(words, "kubectl kcp") == 0
    document = json.loads(capsys.readouterr().out)
    wait = next(f for f in document["items"][0]["figures"] if f["figure"] == "wait" and f["reconciler"] == "machine")
    assert 16 < wait["median"] <= 32
    assert "_bucket" not in wait["query"]
    assert {f["code"] for f in document["findings"]} == {"reconciles-late"}

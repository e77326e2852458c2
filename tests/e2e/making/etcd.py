"""etcd, and the way to it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from tests.e2e.target import Target
from tests.e2e.tool import Tool


@contextlib.contextmanager
def stale(target: Target, tool: Tool) -> Iterator[None]:
    target.workload.rotate()
    try:
        yield
    finally:
        flush(tool)


@contextlib.contextmanager
def changed_in_etcd_alone(target: Target, tool: Tool) -> Iterator[None]:
    target.workload.rotate_etcd_only()
    try:
        yield
    finally:
        target.workload.follow_secret()


@contextlib.contextmanager
def etcd_certificate(target: Target, make: Callable[[], None]) -> Iterator[None]:
    make()
    try:
        yield
    finally:
        target.workload.renew_etcd_certificate()


@contextlib.contextmanager
def etcd_stopped(target: Target, tool: Tool) -> Iterator[None]:
    target.workload.stop_etcd()
    try:
        yield
    finally:
        target.workload.start_etcd()


@contextlib.contextmanager
def api_stopped(target: Target, tool: Tool) -> Iterator[None]:
    target.workload.stop_api()
    try:
        yield
    finally:
        target.workload.start_api()


def flush(tool: Tool) -> None:
    tool.run("certs", "flush", "w1", "-n", "real", "--restart-leader", "--yes", "--force").ok()

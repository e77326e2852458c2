"""The database's quota: etcd 3.6 tells it, before that its Pod does."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.etcd.gateway import read_status
from kubectl_kcp.etcd.leaf import issue
from kubectl_kcp.etcd.quota import with_quota
from kubectl_kcp.etcd.routes import PodRoute
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.etcd import MemberStatus, QuotaSource
from kubectl_kcp.render.etcd import _quota
from tests.etcd.servers import make, programs, reach, running
from tests.unit.sources.serving import Answers, serving

OLD = read_status({"header": {"member_id": "1"}, "version": "3.4.23", "dbSize": "1048576", "dbSizeInUse": "4096"}, "etcd-n0")
GIB = 1 << 30
KUBECONFIG = """
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "URL"}}]
users: [{name: u, user: {token: t}}]
"""


def pod(*command: str, env: list[dict[str, Any]] | None = None, name: str = "etcd") -> dict[str, Any]:
    return {"spec": {"containers": [{"name": name, "command": ["etcd", *command], "env": env or []}]}}


def known(status: MemberStatus) -> tuple[int | None, QuotaSource | None]:
    return status.db_size_quota, status.quota_source


@pytest.mark.parametrize(
    ("found", "expected", "shown"),
    [
        (pod("--name=n0"), (2 * GIB, QuotaSource.DEFAULT), "0% of 2.0GiB (default)"),
        (pod("--quota-backend-bytes=0"), (2 * GIB, QuotaSource.DEFAULT), "0% of 2.0GiB (default)"),
        (pod("--quota-backend-bytes=8589934592"), (8 * GIB, QuotaSource.POD), "0% of 8.0GiB"),
        (pod("--quota-backend-bytes", "8589934592"), (8 * GIB, QuotaSource.POD), "0% of 8.0GiB"),
        (pod(env=[{"name": "ETCD_QUOTA_BACKEND_BYTES", "value": "4294967296"}]), (4 * GIB, QuotaSource.POD), "0% of 4.0GiB"),
        (pod("--quota-backend-bytes=-1"), (None, QuotaSource.UNLIMITED), "unlimited"),
        (pod("--quota-backend-bytes=much"), (None, None), "-"),
        (pod("--config-file=/etc/etcd.yaml"), (None, None), "-"),
        (pod(env=[{"name": "ETCD_QUOTA_BACKEND_BYTES", "valueFrom": {}}]), (None, None), "-"),
        (pod("--quota-backend-bytes=1", name="backup"), (None, None), "-"),
        ({"spec": None}, (None, None), "-"),
    ],
)
def test_what_the_pod_says(found: dict[str, Any], expected: tuple[int | None, QuotaSource | None], shown: str) -> None:
    status = with_quota(OLD, found)
    assert known(status) == expected
    assert _quota(status) == shown


@pytest.mark.parametrize(("said", "expected"), [("8589934592", (8 * GIB, QuotaSource.STATUS)), ("-1", (None, QuotaSource.UNLIMITED))])
def test_what_etcd_says(said: str, expected: tuple[int | None, QuotaSource | None]) -> None:
    assert known(read_status({"dbSizeQuota": said}, "etcd-n0")) == expected


@pytest.mark.skipif("3.4" not in programs(), reason="no etcd 3.4 on this machine")
def test_etcd_34_does_not_tell_and_its_pod_does(tmp_path: Path) -> None:
    ca = make("etcd-ca")
    with running(programs()["3.4"], tmp_path / "etcd", make("m0", ca), ca) as port:
        status = reach(port, issue(ca.certificate_pem, ca.key_pem, dt.datetime.now(dt.timezone.utc))).status
    assert status is not None
    assert known(status) == (None, None)
    with serving(Answers(body=json.dumps(pod("--quota-backend-bytes=4294967296")).encode())) as answers:
        route = PodRoute(Cluster("real", "w1"), lambda: KUBECONFIG.replace("URL", answers.url).encode(), 5)
        assert known(route.completed("etcd-n0", status)) == (4 * GIB, QuotaSource.POD)
        assert answers.asked == [("/api/v1/namespaces/kube-system/pods/etcd-n0", "Bearer t")]


def test_a_pod_that_cannot_be_read_leaves_it_unknown() -> None:
    with serving(Answers(status=403, body=b"{}")) as answers:
        route = PodRoute(Cluster("real", "w1"), lambda: KUBECONFIG.replace("URL", answers.url).encode(), 5)
        assert known(route.completed("etcd-n0", OLD)) == (None, None)

"""Reconciles that run, told from goroutine profiles of real controllers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_kcp.errors import NotFound
from kubectl_kcp.model.profile_report import Running
from kubectl_kcp.pprof.read import read_profile
from kubectl_kcp.pprof.running import running

Recording = Callable[[str], Path]
KCP = "KubeadmControlPlaneReconciler"
HUNG = """goroutine profile: total 5
3 @ 0x1 0x2 0x3 0x4 0x5 0x6 0x7
#\t0x1\tsync.runtime_notifyListWait+0x1\truntime/sema.go:1
#\t0x2\tgolang.org/x/net/http2.(*ClientConn).RoundTrip+0x1\thttp2/transport.go:1
#\t0x3\tsigs.k8s.io/cluster-api/controllers/clustercache.(*clusterCache).GetClient+0x1\tclustercache/cluster_cache.go:1
#\t0x4\tsigs.k8s.io/cluster-api/internal/controllers/cluster.(*Reconciler).Reconcile+0x1\tcluster/cluster_controller.go:1
#\t0x5\tsigs.k8s.io/cluster-api/internal/util/controller.(*reconcilerWrapper).Reconcile+0x1\tcontroller/builder.go:1
#\t0x6\tsigs.k8s.io/controller-runtime/pkg/internal/controller.(*Controller[...]).Reconcile+0x1\tcontroller/controller.go:1
#\t0x7\tsigs.k8s.io/controller-runtime/pkg/internal/controller.(*Controller[...]).processNextWorkItem+0x1\tcontroller/controller.go:1

2 @ 0x8 0x7
#\t0x8\tk8s.io/client-go/util/workqueue.(*Typed[...]).Get+0x1\tworkqueue/queue.go:1
#\t0x7\tsigs.k8s.io/controller-runtime/pkg/internal/controller.(*Controller[...]).processNextWorkItem+0x1\tcontroller/controller.go:1
"""


def of(recording: Path) -> tuple[Running, ...]:
    return running(read_profile((recording / "controllers/kcp/goroutine.pb.gz").read_bytes()))


def test_reconciles_under_way(recording: Recording) -> None:
    """Issue 8602: they make keys, or wait for their own client."""
    found = of(recording("v1.4.2-10-clusters"))
    assert found[0] == Running(KCP, "secret.Certificates.Lookup", "rate.(*Limiter).wait", 3)
    assert Running(KCP, "certs.NewPrivateKey", "rsa.GenerateKey", 1) in found
    assert sum(r.goroutines for r in found) == 10, "as many as it has workers"


def test_idle_workers_run_nothing(recording: Recording) -> None:
    assert of(recording("v1.14.2-healthy")) == ()


def test_a_wrapper_is_not_the_reconciler() -> None:
    place = Running("cluster.Reconciler", "clustercache.(*clusterCache).GetClient", "http2.(*ClientConn).RoundTrip", 3)
    assert running(read_profile(HUNG.encode())) == (place,)


def test_another_kind_of_profile(recording: Recording) -> None:
    with pytest.raises(NotFound, match="no sample type"):
        running(read_profile((recording("v1.14.2-healthy") / "controllers/kcp/heap.pb.gz").read_bytes()))

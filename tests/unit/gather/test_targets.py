"""Which series are the controllers': by Cluster API's labels, by others', by what they reconcile."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

import pytest

from kubectl_kcp.errors import NotFound, UsageError
from kubectl_kcp.gather.targets import Match, Targets, find_targets
from kubectl_kcp.knowledge.figures import CONCURRENCY, STARTED
from kubectl_kcp.sources.prometheus import Prometheus
from kubectl_kcp.sources.store import Address

END = dt.datetime(2026, 11, 27, tzinfo=dt.timezone.utc)
START = END - dt.timedelta(hours=2)
KCP = "capi-kubeadm-control-plane-controller-manager-685c6f4d5c-wtshk"


class Stored(Prometheus):
    """A store's series, by name and matchers of the forms that are used."""

    def __init__(self, *series: dict[str, str]) -> None:
        super().__init__(Address("http://store"))
        self.stored = series

    def series(self, selectors: Iterable[str], start: dt.datetime, end: dt.datetime) -> list[dict[str, str]]:
        return [s for selector in selectors for s in self.stored if _selects(selector, s)]

    def values(self, label: str, selector: str, start: dt.datetime, end: dt.datetime) -> list[str]:
        return sorted({s[label] for s in self.stored if label in s})


def _selects(selector: str, series: dict[str, str]) -> bool:
    name, _, rest = selector.partition("{")
    found = re.findall(r'(\w+)(=~|=)"((?:[^"\\]|\\.)*)"', rest)
    return series["__name__"] == name and all(
        re.fullmatch(value.replace("\\\\", "\\") if how == "=~" else re.escape(value), series.get(label, "")) for label, how, value in found
    )


def targets(*series: dict[str, str], match: Match | None = None, only: tuple[str, ...] = ()) -> Targets:
    return find_targets(Stored(*series), match or Match(), only, START, END)


def started(**labels: str) -> dict[str, str]:
    return {"__name__": STARTED, **labels}


def reconciles(controller: str, **labels: str) -> dict[str, str]:
    return {"__name__": CONCURRENCY, "controller": controller, **labels}


OWN = {"job": "capi-providers", "namespace": "capi", "pod": KCP, "provider": "control-plane-kubeadm", "instance": "10.0.0.1:8443"}


def test_cluster_api_s_own_labels_come_first() -> None:
    found = targets(started(**OWN), started(job="other", pod="x", namespace="y", provider="infrastructure-z", instance="i"))
    (one,) = found.items
    assert (one.provider, str(one.ref), found.matchers, found.by) == (
        "control-plane-kubeadm", f"capi/{KCP}", 'job="capi-providers"', ("namespace", "pod"),
    )  # fmt: skip
    assert found.of({"namespace": "capi", "pod": KCP, "le": "1"}) is one
    assert found.of({"namespace": "capi", "pod": "other"}) is None


def test_a_label_that_names_the_provider() -> None:
    found = targets(started(job="j", cluster_x_k8s_io_provider="bootstrap-kubeadm", k8s_pod_name="p", k8s_namespace_name="n", instance="i"))
    assert [(t.provider, str(t.ref)) for t in found.items] == [("bootstrap-kubeadm", "n/p")]
    assert found.matchers.startswith("cluster_x_k8s_io_provider=~")


def test_by_what_it_reconciles_where_no_label_tells() -> None:
    labels = {"job": "pods", "instance": "10.0.0.1:8080"}
    found = targets(started(**labels), started(job="pods", instance="10.0.0.2:8080"), reconciles("kubeadmcontrolplane", **labels))
    assert [(t.provider, t.pod) for t in found.items] == [("control-plane-kubeadm", "10.0.0.1:8080")]
    assert (found.matchers, found.by) == (r'instance=~"10\\.0\\.0\\.1:8080"', ("instance",))


def test_a_provider_that_nothing_tells_is_its_deployment() -> None:
    found = targets(started(job="j", pod="capa-controller-manager-5cf5d57fbb-2gtx4", instance="i"), match=Match(('job="j"',)))
    assert [t.provider for t in found.items] == ["capa-controller-manager"]


def test_labels_that_were_named() -> None:
    found = targets(started(job="j", my_pod="p", pod="wrong", instance="i"), match=Match(('job="j"',), {"pod": "my_pod"}))
    assert [t.pod for t in found.items] == ["p"]


@pytest.mark.parametrize("name", ["kcp", "control-plane-kubeadm", KCP.rpartition("-")[0].rpartition("-")[0]])
def test_one_controller(name: str) -> None:
    other = {**OWN, "pod": "capi-controller-manager-1-2", "provider": "cluster-api", "instance": "10.0.0.2:8443"}
    found = targets(started(**OWN), started(**other), only=(name,))
    assert [t.pod for t in found.items] == [KCP]
    assert found.matchers == f'job="capi-providers",pod=~"{KCP}"'


def test_a_controller_that_is_not_there() -> None:
    with pytest.raises(NotFound, match="no controller infra in http://store"):
        targets(started(**OWN), only=("infra",))


def test_a_pod_that_is_there_twice_is_refused() -> None:
    """Two management clusters behind one Thanos, or a Pod that two jobs scrape."""
    with pytest.raises(UsageError, match=r'is there twice, with cluster="a", cluster="b"') as caught:
        targets(started(**OWN, cluster="a"), started(**OWN, cluster="b"))
    assert "--match 'cluster=\"a\"'" in caught.value.hint.text("kubectl kcp")


def test_nothing_is_there() -> None:
    with pytest.raises(NotFound, match="no controller's series") as caught:
        targets(started(job="node", instance="i"))
    assert "jobs there: node" in caught.value.hint.text("kubectl kcp")

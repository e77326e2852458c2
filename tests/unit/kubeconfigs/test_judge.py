"""A connection's kubeconfig, judged by times, KCP's conditions and its log: each state on what makes it, and on what comes near."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from kubectl_kcp.kubeconfigs.judge import Log, Secrets, address_of, judge
from kubectl_kcp.model.cluster import Cluster, Condition, ControlPlane
from kubectl_kcp.model.cluster_cache import Connection, ConnectionState
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.held_kubeconfig import Failed, HeldKubeconfig, KubeconfigState
from kubectl_kcp.model.secret import CertificateSecret, FieldOwner, Kubeconfig, Purpose
from kubectl_kcp.model.version import Version

S = KubeconfigState
START = dt.datetime(2026, 11, 26, 8, 0, tzinfo=dt.timezone.utc)
OLD, NEW = "10.0.0.1:6443", "10.0.0.2:6443"


def at(minutes: float) -> dt.datetime:
    return START + dt.timedelta(minutes=minutes)


NOW = at(120)
V1_14 = Version(1, 14, 2)
REFUSED = Failed(f"dial tcp {OLD}: connect: connection refused", "nobody listens at that address", OLD, at(70), at(110), 9)
UNTRUSTED = Failed("x509: certificate signed by unknown authority", "another CA", "", at(70), at(110), 9)


def secret(purpose: Purpose, minutes: float, by: str = "kubectl-patch", created: float = 0, server: str = NEW) -> CertificateSecret:
    field = "value" if purpose.is_kubeconfig else "tls.crt"
    return CertificateSecret(
        "real",
        f"w1-{purpose}",
        "w1",
        purpose,
        created=at(created),
        owners=(FieldOwner(by, "Update", at(minutes), frozenset({field})),),
        kubeconfig=Kubeconfig(f"https://{server}", "certificate") if purpose.is_kubeconfig else None,
    )


def cluster(healthy: bool, external: bool = False) -> Cluster:
    message = "" if healthy else "Failed to connect to etcd: context deadline exceeded"
    etcd = Condition("EtcdClusterHealthy", "True" if healthy else "Unknown", at(72), "", message)
    plane = ControlPlane(
        "real",
        "w1-cp",
        "KubeadmControlPlane",
        initialized=True,
        external_etcd=external,
        writers=frozenset({"manager"}),
        conditions={etcd.type: etcd},
    )
    return Cluster("real", "w1", control_plane=plane, control_plane_kind=plane.kind, endpoint=NEW)


def connection(
    provider: str = "control-plane-kubeadm", state: ConnectionState = ConnectionState.UP, version: Version | None = V1_14
) -> Connection:
    pod = Pod("capi", "kcp-1", started=at(-60), leader=True)
    return Connection(Controller("capi", "kcp", provider, version=version, pods=(pod,)), state, pod)


def said(
    changed: float | None = 60,
    failed: tuple[Failed, ...] = (),
    reconciled: float | None = None,
    healthy: bool = True,
    connected: float | None = 30,
    of: Connection | None = None,
    by: str = "kubectl-patch",
    created: float = 0,
    ca: float = 0,
    server: str = NEW,
    external: bool = False,
    begins: float = -60,
) -> HeldKubeconfig:
    known = Secrets(problem="forbidden")
    if changed is not None:
        known = Secrets(secret(Purpose.KUBECONFIG, changed, by, created, server), secret(Purpose.CA, ca, "manager"))
    log = Log(at(connected) if connected is not None else None, at(begins), failed, at(reconciled) if reconciled is not None else None)
    found = judge(cluster(healthy, external), of or connection(), known, log, NOW)
    assert found is not None
    return found


def test_unchanged() -> None:
    assert said(changed=10).state is S.FRESH


def test_changed_and_new_connections_fail() -> None:
    found = said(failed=(REFUSED,), healthy=False)
    assert found.state is S.STALE
    assert OLD in found.reason
    assert NEW in found.reason
    assert found.changed_at == at(60)
    assert "rollout restart deployment/kcp" in found.action.text("kubectl kcp")
    assert any("9 times" in e.text for e in found.evidence)


def test_another_ca() -> None:
    found = said(failed=(UNTRUSTED,), healthy=False)
    assert found.state is S.STALE
    assert "unknown authority" in found.reason
    assert NEW not in found.reason


def test_another_ca_though_the_kubeconfig_did_not_change() -> None:
    """The API server's certificate is another matter: nothing that a restart mends."""
    assert said(changed=10, failed=(UNTRUSTED,), healthy=False).state is S.FRESH


def test_changed_and_nothing_speaks_of_it_yet() -> None:
    found = said()
    assert found.state is S.SUSPECT
    assert found.action


def test_changed_and_kcp_got_through_since() -> None:
    assert said(reconciled=100).state is S.KEPT
    assert said(reconciled=119.5).state is S.SUSPECT, "too short ago to have met a refusal"
    assert said(reconciled=59).state is S.SUSPECT, "before the change"
    assert said(reconciled=100, healthy=False).state is S.SUSPECT


def test_a_failure_that_is_over() -> None:
    """The address was away for a moment; KCP got through since."""
    assert said(failed=(REFUSED,), reconciled=115).state is S.KEPT
    assert said(changed=10, failed=(REFUSED,), reconciled=115).state is S.FRESH


def test_renewed_by_kcp_itself() -> None:
    """Half a year after it was made: server and CA are the same, and the old client certificate goes on until its end."""
    assert said(by="manager").state is S.KEPT
    assert said(by="manager", ca=50).state is S.SUSPECT, "with another CA"
    assert said(by="manager", created=60).state is S.SUSPECT, "the Secret was made anew: the server may be another"
    assert said(by="manager", failed=(UNTRUSTED,), healthy=False).state is S.KEPT, "not the kubeconfig's fault"


@pytest.mark.parametrize("provider", ["cluster-api", "bootstrap-kubeadm", "infrastructure-docker"])
def test_whoever_makes_no_new_connections_keeps_it_without_harm(provider: str) -> None:
    found = said(of=connection(provider))
    assert found.state is S.KEPT
    assert not found.action


def test_external_etcd_is_not_reached_through_the_cluster() -> None:
    assert said(external=True).state is S.KEPT


def test_no_restart_where_the_new_kubeconfig_leads_to_the_same_address() -> None:
    """It would lose the connection that is open."""
    found = said(failed=(REFUSED,), server=OLD, healthy=False)
    assert found.state is S.KEPT
    assert not found.action
    assert "a restart would lose the open one" in found.reason


def test_an_unchanged_kubeconfig_is_not_the_reason() -> None:
    """A proxy, or an API server reached from within by its Service, has another address than the kubeconfig's."""
    assert said(changed=10, failed=(REFUSED,), healthy=False).state is S.FRESH


def test_while_probes_fail_the_api_server_is_away() -> None:
    failing = connection(state=ConnectionState.PROBE_FAILED)
    assert said(failed=(REFUSED,), healthy=False, of=failing).state is S.SUSPECT


@pytest.mark.parametrize("state", [ConnectionState.DOWN, ConnectionState.NONE, ConnectionState.NOT_EXPOSED])
def test_without_a_connection_nothing_is_held(state: ConnectionState) -> None:
    assert judge(cluster(True), connection(state=state), Secrets(), Log(), NOW) is None


def test_the_log_begins_after_the_connection() -> None:
    assert said(connected=None, begins=50).state is S.SUSPECT, "it changed after the log began"
    undecided = said(connected=None, begins=90)
    assert undecided.state is S.UNKNOWN
    assert "does not tell when it connected" in undecided.reason
    assert said(connected=None, begins=90, failed=(UNTRUSTED,), healthy=False).state is S.SUSPECT
    assert said(connected=None, changed=-90, begins=90, created=-100).state is S.FRESH, "older than the process"


def test_the_very_second() -> None:
    """Managed times are whole seconds: a change in the second of the connect may be one after it."""
    assert said(changed=30, connected=30 + 0.5 / 60).state is S.SUSPECT
    assert said(changed=30, connected=30 + 1 / 60).state is S.FRESH
    assert said(changed=30, created=30, connected=30 + 0.5 / 60).state is S.FRESH, "it connected with what was just created"


def test_without_the_secret() -> None:
    quiet = said(changed=None)
    assert quiet.state is S.UNKNOWN
    assert "forbidden" in quiet.reason
    loud = said(changed=None, failed=(REFUSED,), healthy=False)
    assert loud.state is S.SUSPECT
    assert f"the Cluster's endpoint is {NEW}" in loud.reason


@pytest.mark.parametrize(
    ("provider", "version"),
    [("control-plane-kubeadm", Version(1, 15)), ("control-plane-kubeadm", None), ("infrastructure-aws", Version(2, 9))],
)
def test_a_version_that_is_not_known_is_not_judged(provider: str, version: Version | None) -> None:
    found = said(failed=(REFUSED,), healthy=False, of=connection(provider, version=version))
    assert found.state is S.UNKNOWN


def test_no_times_at_all() -> None:
    bare = replace(secret(Purpose.KUBECONFIG, 0), owners=())
    found = judge(cluster(True), connection(), Secrets(bare), Log(at(30), at(-60)), NOW)
    assert found is not None
    assert found.state is S.UNKNOWN
    assert "managedFields" in found.reason
    failing = judge(cluster(False), connection(), Secrets(bare), Log(at(30), at(-60), (UNTRUSTED,)), NOW)
    assert failing is not None
    assert failing.state is S.SUSPECT


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ("https://10.0.0.1:6443", "10.0.0.1:6443"),
        ("https://api.example.com/k8s/clusters/c-1", "api.example.com:443"),
        ("https://[fd00::1]:6443", "[fd00::1]:6443"),
        ("https://[fd00::1]", "[fd00::1]:443"),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_the_address_of_a_kubeconfig(server: str, address: str) -> None:
    held = replace(secret(Purpose.KUBECONFIG, 0), kubeconfig=Kubeconfig(server, "token"))
    assert address_of(held) == address

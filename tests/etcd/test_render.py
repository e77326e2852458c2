"""etcd's figures as a table and as JSON."""

from __future__ import annotations

import datetime as dt

from msgspec.structs import replace

from kubectl_kcp.cli.etcd.common import view
from kubectl_kcp.cli.options import Where
from kubectl_kcp.credentials.verify import verified
from kubectl_kcp.findings.etcd import etcd_findings
from kubectl_kcp.findings.etcd_entries import ALARM, BEHIND, COUNT, ERRORS, NO_LEADER, VOTELESS
from kubectl_kcp.gather.etcd import EtcdReports
from kubectl_kcp.model.cluster import Cluster, Condition, ControlPlane, Machine
from kubectl_kcp.model.credential import Credential, CredentialState
from kubectl_kcp.model.etcd import Alarm, Attempt, Member, MemberStatus, Refusal, ServerCertificate, Stage
from kubectl_kcp.model.etcd_report import EtcdReport, health
from kubectl_kcp.render.etcd import report_data, status_table
from kubectl_kcp.render.findings import findings_data
from kubectl_kcp.render.table import plain
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.view import draw
from tests.schema import validate
from tests.told import same_findings

READER = Reader(100, "kubectl kcp")
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.timezone.utc)
CERTIFICATE = ServerCertificate("CN=n0", "CN=etcd-ca", NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=9), "ab")
STATUS = MemberStatus("etcd-n0", 1, "3.6.14", 1, 10, 10, 2, False, 1 << 20, 1 << 19, 1 << 31, (), 0.003, CERTIFICATE)
REACHED = Attempt("etcd-n0", Stage.REACHED, status=STATUS, certificate=CERTIFICATE, members=(Member(1, "n0"),))
REFUSED = Attempt("etcd-n0", Stage.TLS, "etcd does not trust it", Refusal.CLIENT_UNKNOWN_CA, "unknown certificate authority")
UNREACHED = Attempt("etcd-n0", Stage.DIAL, "refused")
CONDITION = Condition("EtcdClusterHealthy", "Unknown", NOW, message="Failed to connect to etcd: context deadline exceeded")
PLANE = ControlPlane("ns", "c1-cp", "KubeadmControlPlane", initialized=True, conditions={"EtcdClusterHealthy": CONDITION})
CLUSTER = Cluster("ns", "c1", "uid", control_plane=PLANE, machines=(Machine("ns", "m0", "c1", True, node="n0"),))


def test_json_is_as_its_schema_says() -> None:
    reports = [EtcdReport(CLUSTER, (a,)) for a in (REACHED, replace(REACHED, alarms=(Alarm(1, "NOSPACE"),)), REFUSED, UNREACHED)]
    items = [report_data(r) for r in reports]
    document = {
        "apiVersion": "kubectl-kcp/v1",
        "kind": "EtcdStatusList",
        "findings": findings_data(etcd_findings(reports), "kubectl kcp"),
        "items": items,
        "errors": [],
    }
    validate(document, "etcd-status")


def test_json_tells_the_same_findings_as_the_text() -> None:
    lagging = replace(STATUS, raft_index=9000, raft_applied_index=10)
    odd = (
        replace(REACHED, alarms=(Alarm(1, "NOSPACE"),)),
        replace(REACHED, endpoint="etcd-n1", status=replace(STATUS, endpoint="etcd-n1", leader_id=0, errors=("a disk is slow",))),
        replace(
            REACHED,
            endpoint="etcd-n2",
            status=replace(lagging, endpoint="etcd-n2"),
            members=(Member(1, "n0"), Member(2, "n2", learner=True)),
        ),
    )
    found = EtcdReports((EtcdReport(CLUSTER, (REACHED,)), *(EtcdReport(replace(CLUSTER, name=f"c{n}"), (a,)) for n, a in enumerate(odd))))
    shown = view(found, Where(None, True, ""), lambda items, wide: status_table(items, NOW, wide))
    for shown_as in ("table", "wide", "markdown"):
        codes = same_findings(draw(shown, "json", READER), draw(shown, shown_as, READER))
        assert set(codes) == {ALARM, BEHIND, COUNT, ERRORS, NO_LEADER, VOTELESS}


def test_health_names_what_is_wrong() -> None:
    report = EtcdReport(CLUSTER, (REACHED,))
    assert health(report, REACHED) == "ok"
    assert health(report, replace(REACHED, alarms=(Alarm(1, "NOSPACE"),))) == "ALARM NOSPACE"
    assert health(report, replace(REACHED, status=replace(STATUS, leader_id=0))) == "NO LEADER"
    assert health(report, REFUSED) == "tls: unknown certificate authority"
    assert health(report, UNREACHED) == "dial"


def test_a_table_of_eighty_columns() -> None:
    text = plain(status_table([EtcdReport(CLUSTER, (REACHED,)), EtcdReport(CLUSTER, (UNREACHED,))], NOW, wide=False))
    assert max(len(line) for line in text.splitlines()) <= 80


def test_verdicts() -> None:
    suspect = Credential(CredentialState.SUSPECT, reason="replaced")
    healthy = replace(
        CLUSTER, control_plane=replace(PLANE, conditions={"EtcdClusterHealthy": replace(CONDITION, status="True", message="")})
    )

    def state(inferred: Credential, cluster: Cluster, attempt: Attempt) -> tuple[CredentialState, bool]:
        found = verified(inferred, cluster, attempt, NOW)
        return found.state, found.inferred

    S = CredentialState  # noqa: N806 - short for the table below
    assert state(suspect, CLUSTER, REACHED) == (S.STALE, False)
    assert state(suspect, healthy, REACHED) == (S.SUSPECT, True)
    assert state(replace(suspect, state=S.FRESH), healthy, REACHED) == (S.FRESH, False)
    assert state(replace(suspect, state=S.FRESH), CLUSTER, REACHED) == (S.UNKNOWN, False)
    assert state(suspect, CLUSTER, REFUSED) == (S.CA_MISMATCH, False)
    assert state(replace(suspect, state=S.STALE), CLUSTER, UNREACHED) == (S.UNKNOWN, False)
    assert state(replace(suspect, state=S.KEY_ONLY), CLUSTER, REFUSED) == (S.KEY_ONLY, True)
    began = replace(suspect, state=S.FRESH, cached_from=NOW)  # by a leader that the condition does not speak of
    assert "has not told yet" in verified(began, CLUSTER, REACHED, NOW + dt.timedelta(seconds=59)).reason
    assert "KCP's route" in verified(began, CLUSTER, REACHED, NOW + dt.timedelta(seconds=60)).reason

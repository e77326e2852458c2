"""What ``certs`` prints, in golden files: from recordings, and from clusters in every kind of trouble."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from kubectl_kcp.errors import FailureKind
from kubectl_kcp.findings.certificates import status_findings
from kubectl_kcp.gather.certs import Certificates, gather_certificates
from kubectl_kcp.model.certificate import CertificateKind, CertificateState, CertificateStatus, Check, CheckResult, ClusterStatus, Renewal
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.credential import Credential, CredentialState
from kubectl_kcp.model.reference import Failure, ObjectRef, Ref, Scope, Subject
from kubectl_kcp.model.secret import CertificateSecret, Purpose
from kubectl_kcp.render.certs import credential_text, credentials_table, inspect_parts, status_table
from kubectl_kcp.render.findings import findings_text
from kubectl_kcp.render.openmetrics import page
from kubectl_kcp.render.table import plain
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.view import parts_text
from kubectl_kcp.sources.bundle.open import open_bundle
from tests.authority import NOW

Recording = Callable[[str], Path]
Golden = Callable[[str, str], None]
K, S, C = CertificateKind, CertificateState, CredentialState
NAMES = ["v1.14.2-stale-credential", "v1.14.2-ca-changed-not-noticed", "v1.14.2-healthy", "v1.4.2-10-clusters", "v1.5.8-10-clusters"]
NARROW = Reader(80, "kubectl kcp")


def look(folder: Path) -> Certificates:
    with open_bundle(str(folder)) as source:
        return gather_certificates(source, Scope(), dt.timedelta(days=30))


@pytest.mark.parametrize("name", NAMES)
def test_recordings(recording: Recording, golden: Golden, name: str) -> None:
    found = look(recording(name))
    table = plain(status_table(found.items, found.now, wide=False))
    assert max(map(len, table.splitlines())) <= 80
    golden(f"certs/{name}.txt", f"{table}\n\n{findings_text(status_findings(found.items, found.orphans), NARROW)}\n")


def test_everything_about_one_cluster(recording: Recording, golden: Golden) -> None:
    found = look(recording("v1.14.2-stale-credential"))
    w1 = next(i for i in found.items if i.cluster.name == "w1")
    golden("certs/inspect.txt", parts_text(inspect_parts(w1, found.now, Reader(100, "kubectl kcp"))) + "\n")
    golden("certs/credential.txt", credential_text("real/w1", w1.credential, NARROW) + "\n")
    golden("certs/credentials-wide.txt", plain(credentials_table(found.items, {}, wide=True)) + "\n")


def days(n: int) -> dt.datetime:
    return NOW + dt.timedelta(days=n)


def cluster(name: str, *certificates: CertificateStatus, state: C = C.FRESH, known: bool = True) -> ClusterStatus:
    return ClusterStatus(Cluster("prod", name), certificates, Credential(state, reason="why"), secrets_known=known)


def of(kind: K, state: S, end: int | None = None, reason: str = "") -> CertificateStatus:
    at = None if end is None else days(end)
    return CertificateStatus(
        kind, ObjectRef("Secret", Ref("prod", f"x-{kind.value}")), state, at and at - dt.timedelta(days=365), at, reason
    )


TROUBLE = (
    cluster("ended", of(K.CA, S.EXPIRED, -3), of(K.ETCD, S.VALID, 3000)),
    cluster("early", of(K.CA, S.NOT_YET_VALID, 400, "not valid yet: a clock may be off")),
    cluster("ends-soon", of(K.CA, S.VALID, 89), of(K.KUBECONFIG, S.EXPIRING, 20), of(K.API_SERVER, S.VALID, 50)),
    cluster("external", of(K.ETCD, S.NOT_APPLICABLE), of(K.ETCD_CLIENT, S.VALID, 100), state=C.EXTERNAL),
    cluster("managed", of(K.CA, S.NOT_APPLICABLE), of(K.ETCD, S.NOT_APPLICABLE), state=C.NOT_APPLICABLE),
    cluster("mixed", of(K.API_SERVER, S.VALID, 200), of(K.API_SERVER, S.EXPIRED, -1), of(K.API_SERVER, S.NOT_APPLICABLE), known=False),
    cluster("odd", of(K.CA, S.UNREADABLE, reason="DER where PEM is expected"), of(K.ETCD, S.MISSING, reason="the Secret does not exist")),
    cluster("wrong", of(K.KUBECONFIG, S.INVALID, 90, "not signed by the cluster's CA"), state=C.STALE),
)


def test_every_kind_of_trouble(golden: Golden) -> None:
    lost = CertificateSecret("prod", "gone-ca", "gone", Purpose.CA)
    golden(
        "certs/trouble.txt",
        f"{plain(status_table(TROUBLE, NOW, wide=False))}\n\n{findings_text(status_findings(TROUBLE, [lost]), NARROW)}\n",
    )


def test_others_and_renewals_stand_in_their_columns() -> None:
    due, late = Renewal("KCP", days(100)), Renewal("KCP", days(-3), "that time has passed")
    kubeconfig = of(K.KUBECONFIG, S.VALID, 282)
    items = [
        cluster(
            "a", of(K.CA, S.VALID, 3000), replace(kubeconfig, renewal=due), of(K("etcd-server"), S.EXPIRED, -5), of(K("x"), S.VALID, 9)
        ),
        cluster("b", of(K.CA, S.VALID, 3000), replace(kubeconfig, renewal=late)),
    ]
    head, first, second = plain(status_table(items, NOW, wide=True)).splitlines()
    other, renews = head.index("OTHER"), head.index("RENEWS")
    assert (first[other:].split("  ")[0], second[other:].split()[0]) == ("EXPIRED 5d", "-")
    assert (first[renews:].split()[0], second[renews:].split()[0]) == (f"{days(100):%Y-%m-%d}", "no")
    assert "OTHER" not in plain(status_table(items[1:], NOW, wide=False))


def test_a_fleet_in_trouble_has_the_first_of_each_sort_and_what_is_alike_once() -> None:
    fleet = [cluster(f"c{n:03d}", of(K.CA, S.MISSING, reason=f"{n}: it does not exist"), state=C.STALE) for n in range(300)]
    lines = findings_text(status_findings(fleet), NARROW).splitlines()
    assert "300 Clusters (prod/c000, prod/c001, prod/c002, prod/c003 and 296 more):" in lines
    assert lines[-1] == "and 290 more of certificate-missing: -o json has them all"
    assert len(findings_text(status_findings(fleet), NARROW, brief=False).splitlines()) >= 600


@pytest.mark.parametrize(
    ("item", "state"),
    [
        (cluster("a", of(K.CA, S.VALID, 9), state=C.STALE), "STALE"),
        (cluster("a", of(K.CA, S.EXPIRING, 9), state=C.SUSPECT), "SUSPECT"),
        (cluster("a", of(K.CA, S.EXPIRED, -9), state=C.STALE), "EXPIRED"),
        (cluster("a", of(K.CA, S.VALID, 9), of(K.ETCD, S.MISSING)), "MISSING"),
        (cluster("a", state=C.NOT_APPLICABLE), "NOT_APPLICABLE"),
    ],
)
def test_the_worst_of_a_line(item: ClusterStatus, state: str) -> None:
    assert item.state == state


def test_openmetrics_of_every_kind_of_trouble_and_of_strange_names() -> None:
    strange = replace(TROUBLE[0], cluster=Cluster('a"b\\c', "line\nbreak"))
    text = page((*TROUBLE, strange), NOW, [Failure(Subject("secrets"), FailureKind.FORBIDDEN, "forbidden")])
    assert text.endswith("# EOF\n")
    families = {f.name: f.samples for f in text_string_to_metric_families(text)}
    ok = {(s.labels["cluster"], s.labels["kind"]): s.value for s in families["kubectl_kcp_certificate_ok"]}
    assert ok["ended", "ca"] == ok["early", "ca"] == ok["odd", "etcd"] == ok["wrong", "kubeconfig"] == 0
    assert ok["ends-soon", "kubeconfig"] == ok["external", "apiserver-etcd-client"] == 1
    assert ("managed", "ca") not in ok
    assert ok["line\nbreak", "ca"] == 0
    ends = [s for s in families["kubectl_kcp_certificate_not_after_timestamp_seconds"] if s.labels["cluster"] == "ended"]
    assert {s.labels["kind"]: s.value for s in ends} == {"ca": days(-3).timestamp(), "etcd": days(3000).timestamp()}
    assert [s.value for s in families["kubectl_kcp_errors"]] == [1]


def test_no_clusters_is_a_valid_page() -> None:
    assert len(list(text_string_to_metric_families(page((), NOW, ())))) == 9


def test_a_failed_check_stands_with_its_certificate() -> None:
    broken = replace(of(K.CA, S.INVALID, 9, "no fit"), checks=(Check("key-fits", CheckResult.FAILED, "no fit"),))
    assert "key-fits: failed: no fit" in parts_text(inspect_parts(cluster("a", broken), NOW, NARROW))

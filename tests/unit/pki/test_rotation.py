"""Every stage of a CA's rotation, from certificates made for it; what each waits for; and what must not be taken for a rotation."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_kcp.findings.rotation import next_step, rotation_findings
from kubectl_kcp.model.credential import CredentialState
from kubectl_kcp.model.rotation import Part, Rotation, RotationStage
from kubectl_kcp.model.secret import CertificateSecret, Key, KeyState, Purpose
from kubectl_kcp.pki.reading import read_public_keys
from tests.lab.certificates import Pair, issue, public_pem
from tests.unit.pki.rotating import CLUSTER, DAY, NEW, OLD, THIRD, World, account_keys, authority, kubeconfig, pem, secret

S = RotationStage
BOTH = pem(OLD, NEW)


def everywhere(content: bytes) -> dict[Part, bytes]:
    return {Part.CLUSTER_INFO: content, Part.ROOT_CA: content, Part.CLIENT_CA: content}


def waits(rotation: Rotation) -> list[str]:
    return [h.part.value for h in rotation.waits_for]


def step(rotation: Rotation) -> str:
    return next_step(rotation).text("kubectl kcp")


STAGES: dict[str, tuple[World, RotationStage, list[str], str]] = {
    "no rotation": (World([authority("ca", OLD), kubeconfig(OLD, OLD)], OLD, in_cluster=everywhere(pem(OLD))), S.NONE, [], ""),
    "nothing seen but the Secret": (World([authority("ca", OLD)]), S.NONE, [], ""),
    "new one added, nobody knows it": (
        World([authority("ca", OLD, NEW), kubeconfig(OLD, OLD)], OLD, in_cluster=everywhere(pem(OLD))),
        S.ADDED,
        ["kubeconfig-ca", "cluster-info", "root-ca", "client-ca"],
        "certificate-authority-data of Secret ns/c1-kubeconfig",
    ),
    "new one added, the kubeconfig knows it": (
        World([authority("ca", OLD, NEW), kubeconfig(OLD, OLD, NEW)], OLD, in_cluster=everywhere(pem(OLD))),
        S.ADDED,
        ["cluster-info", "root-ca", "client-ca"],
        "ConfigMap cluster-info of the workload cluster",
    ),
    "new one added, Machines are old": (
        World([authority("ca", OLD, NEW), kubeconfig(OLD, OLD, NEW)], OLD, in_cluster={**everywhere(pem(OLD)), Part.CLUSTER_INFO: BOTH}),
        S.ADDED,
        ["root-ca", "client-ca"],
        "clusterctl alpha rollout restart kubeadmcontrolplane/c1-cp -n ns",
    ),
    "new one added, all know it": (
        World([authority("ca", OLD, NEW), kubeconfig(OLD, OLD, NEW)], OLD, in_cluster=everywhere(BOTH)),
        S.ADDED,
        [],
        "let it sign: its certificate first in tls.crt of Secret ns/c1-ca",
    ),
    "added before the old one, whose key signs still": (
        World([authority("ca", NEW, OLD, key=OLD), kubeconfig(OLD, OLD, NEW)], OLD, in_cluster=everywhere(BOTH)),
        S.ADDED,
        [],
        "let it sign",
    ),
    "signing switched": (
        World([authority("ca", NEW, OLD), kubeconfig(OLD, OLD, NEW)], OLD, in_cluster=everywhere(BOTH)),
        S.SWITCHED,
        ["kubeconfig", "apiserver"],
        "clusterctl alpha rollout restart",
    ),
    "signing switched, Machines are new": (
        World([authority("ca", NEW, OLD), kubeconfig(OLD, OLD, NEW)], NEW, in_cluster=everywhere(BOTH)),
        S.SWITCHED,
        ["kubeconfig"],
        "delete Secret ns/c1-kubeconfig: a new one is made",
    ),
    "signing switched, no API server was seen": (
        World([authority("ca", NEW, OLD), kubeconfig(OLD, OLD, NEW)]),
        S.SWITCHED,
        ["kubeconfig"],
        "see first that API servers' certificates are of the CA of now (none was seen)",
    ),
    "signing switched, nothing left of the old one": (
        World([authority("ca", NEW, OLD), kubeconfig(NEW, NEW)], NEW, in_cluster=everywhere(BOTH)),
        S.SWITCHED,
        [],
        "take the old certificate out of tls.crt of Secret ns/c1-ca",
    ),
    "signing switched while the kubeconfig knows the old one alone": (
        World([authority("ca", NEW, OLD), kubeconfig(OLD, OLD)], OLD, in_cluster=everywhere(BOTH)),
        S.SWITCHED,
        ["kubeconfig-ca", "kubeconfig", "apiserver"],
        "certificate-authority-data",
    ),
    "removed too early: the API server and the kubeconfig are of it": (
        World([authority("ca", NEW), kubeconfig(OLD, OLD)], OLD, in_cluster=everywhere(pem(OLD))),
        S.REMOVED_TOO_EARLY,
        ["kubeconfig-ca", "cluster-info", "root-ca", "client-ca", "kubeconfig", "apiserver"],
        "put the old certificate back into tls.crt of Secret ns/c1-ca, behind the one that signs (it still lies in Secret ns/c1-kubeconfig",
    ),
    "removed too early: an API server alone is of it": (
        World([authority("ca", NEW), kubeconfig(NEW, NEW, OLD)], OLD, in_cluster=everywhere(BOTH)),
        S.REMOVED_TOO_EARLY,
        ["apiserver"],
        "put the old certificate back",
    ),
    "removed, cluster-info forgotten": (
        World([authority("ca", NEW), kubeconfig(NEW, NEW)], NEW, in_cluster={**everywhere(pem(NEW)), Part.CLUSTER_INFO: pem(OLD)}),
        S.REMOVED_TOO_EARLY,
        ["cluster-info"],
        "write the certificates of Secret ns/c1-ca, all of them, into ConfigMap cluster-info",
    ),
    "removed, the kubeconfig trusts it alone, and no server was seen": (
        World([authority("ca", NEW), kubeconfig(NEW, OLD)]),
        S.REMOVED_TOO_EARLY,
        ["kubeconfig-ca"],
        "put the old certificate back",
    ),
    "removed, and trusted still": (
        World([authority("ca", NEW), kubeconfig(NEW, NEW)], NEW, in_cluster=everywhere(BOTH)),
        S.REMOVED,
        ["cluster-info", "root-ca"],
        "take the old certificate out of ConfigMap cluster-info",
    ),
    "done, and API servers' ConfigMap keeps the old one until its end": (
        World([authority("ca", NEW), kubeconfig(NEW, NEW)], NEW, in_cluster={**everywhere(pem(NEW)), Part.CLIENT_CA: BOTH}),
        S.DONE,
        [],
        "",
    ),
}


@pytest.mark.parametrize("name", STAGES)
def test_stage_what_it_waits_for_and_the_next_step(name: str) -> None:
    world, stage, waited, words = STAGES[name]
    found = world.rotation()
    assert (found.stage, waits(found)) == (stage, waited)
    assert words in step(found)
    assert bool(step(found)) is bool(words)


def test_what_has_not_begun_and_what_is_done_makes_no_finding() -> None:
    told = {name: [f.code for f in rotation_findings([world.rotation()])] for name, (world, *_) in STAGES.items()}
    silent = {name for name, (_, stage, *_) in STAGES.items() if stage in (S.NONE, S.DONE)}
    early = {name for name, (_, stage, *_) in STAGES.items() if stage is S.REMOVED_TOO_EARLY}
    assert {name for name, codes in told.items() if not codes} == silent
    assert {name for name, codes in told.items() if codes == ["ca-removed-too-early"]} == early


def test_the_first_ca_of_a_cluster_is_not_a_rotated_one() -> None:
    world = World([authority("ca", NEW), kubeconfig(NEW, NEW)], NEW)
    assert world.rotation().stage is S.DONE
    assert world.renewed_before(2).rotation().stage is S.NONE  # made with its cluster
    assert replace(world, cluster=replace(CLUSTER, created=None)).rotation().stage is S.NONE


def test_a_ca_renewed_with_its_key_is_the_same() -> None:
    renewed = issue("kubernetes", key=OLD.key, start=-DAY)
    world = World([authority("ca", renewed, OLD), kubeconfig(OLD, OLD)], OLD, in_cluster=everywhere(pem(OLD)))
    found = world.rotation()
    assert (found.stage, waits(found), len(found.authorities)) == (S.NONE, [], 1)


def test_a_server_behind_an_intermediate_that_was_not_seen_is_undecided() -> None:
    intermediate = issue("an intermediate")
    found = World([authority("ca", OLD), kubeconfig(OLD, OLD)], intermediate).rotation()
    assert found.stage is S.NONE
    (server,) = [h for h in found.holders if h.part is Part.API_SERVER]
    assert not server.known
    assert "which was not seen" in server.detail


def test_a_kubeconfig_of_a_ca_that_nobody_has_is_cut_off() -> None:
    found = World([authority("ca", NEW), kubeconfig(THIRD, NEW)], NEW).rotation()
    assert (found.stage, waits(found)) == (S.REMOVED_TOO_EARLY, ["kubeconfig"])
    assert found.of(found.waits_for[0]) == ["another"]


def test_an_old_ca_that_has_ended_is_still_only_old() -> None:
    ended = issue("kubernetes", start=-400 * DAY, end=-DAY)
    found = World([authority("ca", NEW, ended), kubeconfig(NEW, NEW)], NEW).rotation()
    assert (found.stage, [a.age.value for a in found.authorities]) == (S.SWITCHED, ["new", "old"])


def test_without_its_secret_nothing_is_known() -> None:
    found = World([kubeconfig(OLD, OLD)], OLD).rotation()
    assert (found.stage, found.reason) == (S.UNKNOWN, "its Secret was not found")
    broken = World([secret("ca", {"tls.crt": b"nothing"})]).rotation()
    assert (broken.stage, broken.reason) == (S.UNKNOWN, "its Secret holds no certificate that can be read")


# -- etcd, the front proxy, keys


@pytest.mark.parametrize(
    ("pairs", "member", "credential", "stage", "waited"),
    [
        ((OLD,), OLD, CredentialState.FRESH, S.NONE, []),
        ((OLD, NEW), OLD, CredentialState.FRESH, S.ADDED, []),
        ((NEW, OLD), OLD, CredentialState.SUSPECT, S.SWITCHED, ["etcd-server", "credential"]),
        ((NEW, OLD), NEW, CredentialState.SUSPECT, S.SWITCHED, ["credential"]),
        ((NEW, OLD), NEW, CredentialState.FRESH, S.SWITCHED, []),
        ((NEW, OLD), NEW, CredentialState.STALE, S.REMOVED_TOO_EARLY, ["credential"]),
        ((NEW,), OLD, CredentialState.STALE, S.REMOVED_TOO_EARLY, ["etcd-server", "credential"]),
        ((NEW,), NEW, CredentialState.STALE, S.REMOVED_TOO_EARLY, ["credential"]),
        ((NEW,), NEW, CredentialState.SUSPECT, S.DONE, []),
        ((NEW,), NEW, CredentialState.UNKNOWN, S.DONE, []),
    ],
)
def test_etcd(pairs: tuple[Pair, ...], member: Pair, credential: CredentialState, stage: S, waited: list[str]) -> None:
    found = World([authority("etcd", *pairs)], etcd=member, credential=credential).rotation(Purpose.ETCD)
    assert (found.stage, waits(found)) == (stage, waited)
    if waited == ["credential"]:
        assert step(found) == "kubectl kcp certs regenerate c1 -n ns --restart-leader"


def client_of_etcd(by: Pair) -> CertificateSecret:
    client = issue("client", by)
    return secret("apiserver-etcd-client", {"tls.crt": client.certificate_pem, "tls.key": client.key_pem})


def test_external_etcd_goes_by_the_clients_certificate() -> None:
    plane = replace(CLUSTER.control_plane, external_etcd=True)  # type: ignore[type-var] # there is one
    secrets = [secret("etcd", {"tls.crt": pem(NEW, OLD)}), client_of_etcd(OLD)]
    world = World(secrets, cluster=replace(CLUSTER, control_plane=plane))
    found = world.rotation(Purpose.ETCD)
    assert (found.stage, waits(found)) == (S.ADDED, [])
    assert "give them certificates of the new one" in step(found)
    member = replace(world, secrets=[secrets[0], client_of_etcd(NEW)], etcd=OLD).rotation(Purpose.ETCD)
    assert (member.stage, waits(member)) == (S.SWITCHED, ["etcd-server"])
    assert "rollout" not in step(member)
    assert [(a.age.value, a.signs) for a in found.authorities] == [("new", False), ("old", True)]


def test_the_front_proxy() -> None:
    found = World([authority("proxy", OLD, NEW)], in_cluster={Part.FRONT_PROXY_CA: pem(OLD)}).rotation(Purpose.PROXY)
    assert (found.stage, waits(found)) == (S.ADDED, ["front-proxy-ca"])


def kid(pair: Pair) -> str:
    (key,) = read_public_keys(public_pem(pair.key))
    return key.sha256


@pytest.mark.parametrize(
    ("keys", "taken", "stage", "waited"),
    [
        ((OLD,), (OLD,), S.NONE, False),
        ((OLD,), None, S.NONE, False),
        ((NEW, OLD), None, S.SEVERAL, False),
        ((NEW, OLD), (OLD,), S.SEVERAL, True),
        ((NEW, OLD), (OLD, NEW), S.SEVERAL, False),
        ((NEW,), (OLD, NEW), S.REMOVED_TOO_EARLY, True),
        ((NEW,), (OLD,), S.REMOVED_TOO_EARLY, True),
    ],
)
def test_service_account_keys(keys: tuple[Pair, ...], taken: tuple[Pair, ...] | None, stage: S, waited: bool) -> None:
    served = None if taken is None else tuple(map(kid, taken))
    found = World([account_keys(*(k.key for k in keys))], token_keys=served).rotation(Purpose.SERVICE_ACCOUNT)
    assert (found.stage, bool(found.waits_for)) == (stage, waited)
    if stage is S.REMOVED_TOO_EARLY:
        assert "put the public keys that the API server takes back" in step(found)


def test_another_provider_signs_clients_with_another_ca() -> None:
    cluster = replace(CLUSTER, control_plane_kind="RKE2ControlPlane", control_plane=None)
    world = World([authority("ca", OLD), authority("cca", NEW), kubeconfig(NEW, OLD)], OLD, cluster=cluster)
    world = replace(world, in_cluster={Part.CLIENT_CA: pem(NEW), Part.ROOT_CA: pem(OLD)}).renewed_before(1)
    assert (world.rotation().stage, world.rotation(Purpose.CLIENT_CA).stage) == (S.NONE, S.NONE)


def test_a_redacted_key_leaves_the_first_to_sign() -> None:
    made = replace(authority("ca", OLD, NEW), key=Key(KeyState.REDACTED))
    assert World([made]).rotation().stage is S.ADDED

"""What our own attempt says beside what was inferred."""

from __future__ import annotations

import pytest

from kubectl_kcp.credentials.infer import infer
from kubectl_kcp.credentials.verify import JUDGED, furthest, verified
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.credential import Credential, CredentialState
from kubectl_kcp.model.etcd import Attempt, MemberStatus, Refusal, Stage
from tests.unit.credentials.world import World, at

S, R = CredentialState, Refusal
STATUS = MemberStatus("node-0", 1, "3.6.5", 1, 9, 9, 2, False, 1 << 20, 1 << 19, 2 << 30)
REACHED = Attempt("node-0", Stage.REACHED, status=STATUS)
NOW = 300.0


def world(changed: bool) -> World:
    made = World()
    made.create(0, "manager", made.make_ca(0))
    if changed:
        made.update(200, "kubectl-patch", made.make_ca(200))
    return made


def inferred(cluster: Cluster, changed: bool) -> Credential:
    w = world(changed)
    return infer(cluster, w.secret(), w.controller(NOW), at(NOW))


def tried(attempt: Attempt, changed: bool = True, bad_since: float | None = None) -> Credential:
    cluster = world(changed).cluster(bad_since)
    return verified(inferred(cluster, changed), cluster, attempt, at(NOW))


@pytest.mark.parametrize(
    ("changed", "bad_since", "state", "words"),
    [
        (False, None, S.FRESH, "a new credential reaches etcd, and KCP's does, too"),
        (True, None, S.SUSPECT, "etcd trusts the new CA, KCP has not tried since"),
        (True, 201, S.STALE, "a new credential reaches etcd, KCP's does not"),
        (False, 201, S.UNKNOWN, "yet the etcd CA has not changed: look at KCP's route to the cluster"),
    ],
)
def test_a_new_credential_reaches_etcd(changed: bool, bad_since: float | None, state: S, words: str) -> None:
    found = tried(REACHED, changed, bad_since)
    assert found.state is state
    assert words in found.reason
    assert any("a new credential reaches etcd 3.6.5" in e.text for e in found.evidence)


@pytest.mark.parametrize(
    ("refusal", "state"),
    [
        (R.CLIENT_UNKNOWN_CA, S.CA_MISMATCH),
        (R.CLIENT_REQUIRED, S.CA_MISMATCH),
        (R.SERVER_UNKNOWN_CA, S.CA_MISMATCH),
        (R.SERVER_EXPIRED, S.SERVER_CERTIFICATE),
        (R.SERVER_NOT_YET_VALID, S.SERVER_CERTIFICATE),
        (R.CLIENT_EXPIRED, S.CLOCK),
        (R.CLIENT_BAD, S.REFUSED),
        (R.SERVER_OTHER_NAME, S.UNKNOWN),
        (R.OTHER, S.UNKNOWN),
    ],
)
def test_etcd_refuses_the_new_credential(refusal: Refusal, state: S) -> None:
    """Whatever was inferred: no flush would help, so none is advised."""
    for changed in (False, True):
        found = tried(Attempt("node-0", Stage.TLS, "why", refusal=refusal), changed, 201)
        assert (found.state, found.inferred) == (state, False)
        assert not any("regenerate" in line or "flush" in line for line in found.action.commands)


def test_a_certificate_that_is_not_valid_yet_is_a_matter_of_the_clock() -> None:
    early = tried(Attempt("node-0", Stage.TLS, "why", refusal=R.SERVER_NOT_YET_VALID))
    late = tried(Attempt("node-0", Stage.TLS, "why", refusal=R.SERVER_EXPIRED))
    assert "clock" in early.action.text("p")
    assert "renew" in late.action.text("p")


@pytest.mark.parametrize("stage", [Stage.CREDENTIAL, Stage.DIAL, Stage.WORKLOAD_API, Stage.PORT_FORWARD])
def test_where_etcd_was_not_met_nothing_is_said_of_it(stage: Stage) -> None:
    found = tried(Attempt("node-0", stage, "connection refused"), bad_since=201)
    assert (found.state, found.inferred) == (S.UNKNOWN, False)
    assert found.reason == f"no route to etcd from here ({stage.value}: connection refused)"
    texts = [e.text for e in found.evidence]
    assert any(t.startswith(("without trying: SUSPECT", "without trying: STALE")) for t in texts)
    assert any(t.startswith("KCP's condition EtcdClusterHealthy=Unknown") for t in texts)


def test_a_leader_that_has_just_begun_is_given_its_time() -> None:
    """The condition is still of the leader before; a minute later it would be KCP's own word."""
    w = world(changed=False)
    w.acquired = NOW - 0.5
    cluster = w.cluster(bad_since=201)
    credential = infer(cluster, w.secret(), w.controller(NOW), at(NOW))
    assert "has only just begun" in verified(credential, cluster, REACHED, at(NOW)).reason
    assert "look at KCP's route" in verified(credential, cluster, REACHED, at(NOW + 1)).reason


def test_what_holds_no_certificate_is_not_tried() -> None:
    for state in set(S) - JUDGED:
        credential = Credential(state, reason="as it was")
        assert verified(credential, world(changed=False).cluster(), REACHED, at(NOW)) is credential


def test_the_attempt_that_says_most() -> None:
    dial, refused = Attempt("a", Stage.DIAL, "x"), Attempt("b", Stage.TLS, "x", refusal=R.CLIENT_BAD)
    etcd = Attempt("c", Stage.ETCD, "deadline")
    assert furthest([dial, etcd]) is etcd
    assert furthest([etcd, refused]) is refused
    assert furthest([refused, REACHED, dial]) is REACHED

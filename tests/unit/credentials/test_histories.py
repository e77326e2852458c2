"""Made-up histories: never a suspicion where the credential must be good, always one where a key was replaced after caching."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kubectl_kcp.credentials.confirm import Log, confirm, worth_a_log
from kubectl_kcp.credentials.infer import infer
from kubectl_kcp.knowledge.refusals import Refuser, Trouble
from kubectl_kcp.logs.refusals import LogRefusal
from kubectl_kcp.model.cluster import Condition
from kubectl_kcp.model.credential import Credential, CredentialState
from tests.unit.credentials.world import KCP, World, at

S = CredentialState
ALARM = (S.SUSPECT, S.STALE, S.CA_MISMATCH)
DAY = 24 * 60


def judged(world: World, now: float, bad_since: float | None = None) -> Credential:
    cluster = world.cluster(bad_since)
    made = infer(cluster, world.secret(), world.controller(now), at(now))
    return confirm(made, cluster, Log(), now) if worth_a_log(made, cluster) else made


def fresh_world(acquired: float = 0.0) -> World:
    world = World(acquired=acquired, initialized=10.0)
    world.create(1.0, KCP, world.make_ca(1.0))
    return world


def test_a_new_cluster_under_an_old_leader() -> None:
    assert judged(fresh_world(acquired=-3 * DAY), 60).state is S.FRESH


def test_a_standby_that_is_older_than_its_leadership() -> None:
    world = fresh_world()
    world.update(100.0, "kubectl-patch", world.make_ca(100.0))
    world.acquired = 200.0  # its process had been running all the time
    assert judged(world, 300).state is S.FRESH


def test_owner_references_patched_by_the_controller() -> None:
    world = fresh_world()
    world.touch(500.0, KCP)
    assert judged(world, 600).state is S.FRESH


def test_a_restored_secret() -> None:
    world = fresh_world()
    assert world.ca is not None
    world.create(400.0, "velero-server", world.ca)
    assert judged(world, 500).state is S.FRESH


def test_a_moved_cluster() -> None:
    world = fresh_world()
    assert world.ca is not None
    world.create(400.0, "clusterctl", world.ca)
    world.initialized = 401.0  # the new management cluster's KCP has led for long
    assert judged(world, 500).state is S.FRESH


def test_a_ca_renewed_with_the_same_key() -> None:
    for verb in ("update", "apply"):
        world = fresh_world()
        assert world.ca is not None
        getattr(world, verb)(300.0, "cert-manager", world.make_ca(300.0, world.ca.key))
        assert judged(world, 400).state is S.FRESH


def test_a_leader_restart_after_the_change() -> None:
    world = fresh_world()
    world.update(100.0, "kubectl-patch", world.make_ca(100.0))
    world.acquired = 101.0
    assert judged(world, 110).state is S.FRESH


@pytest.mark.parametrize(("seconds", "state"), [(0.9, S.SUSPECT), (-0.3, S.FRESH)], ids=["the same second", "the second before"])
def test_a_change_in_the_second_in_which_the_leader_began(seconds: float, state: S) -> None:
    """Managed times are whole seconds: they do not tell which of the two came first."""
    world = fresh_world()
    world.acquired = 100.0 + 0.2 / 60
    world.update(100.0 + seconds / 60, "kubectl-patch", world.make_ca(100.0))
    assert judged(world, 110).state is state


def test_a_change_longer_ago_than_the_cache_keeps() -> None:
    world = fresh_world()
    world.update(100.0, "kubectl-patch", world.make_ca(100.0))
    assert judged(world, 101 + DAY).state is S.FRESH
    assert judged(world, 99 + DAY).state is S.SUSPECT


def test_a_change_and_then_a_condition_that_turned() -> None:
    world = fresh_world()
    world.update(100.0, "kubectl-patch", world.make_ca(100.0))
    assert judged(world, 110).state is S.SUSPECT
    assert judged(world, 110, bad_since=50.0).state is S.SUSPECT  # bad since before: for another reason
    assert judged(world, 110, bad_since=105.0).state is S.STALE


def test_a_key_replaced_by_a_program_with_the_controllers_name() -> None:
    world = fresh_world()
    world.update(100.0, KCP, world.make_ca(100.0))
    assert judged(world, 110).state is S.SUSPECT


def test_a_secret_made_anew_by_the_controller_within_the_minutes_of_backdating() -> None:
    world = fresh_world()
    world.create(12.0, KCP, world.make_ca(12.0))  # NotBefore lies before the control plane's initialization at 10
    assert judged(world, 20).state is S.SUSPECT


def test_a_lease_that_seems_over_while_its_holder_runs() -> None:
    world = fresh_world()
    world.update(100.0, "kubectl-patch", world.make_ca(100.0))
    late = infer(world.cluster(), world.secret(), world.controller(100), at(110))  # our clock, or a hanging leader
    assert late.state is S.SUSPECT
    gone = replace(world.controller(100), pods=())
    assert infer(world.cluster(), world.secret(), gone, at(110)).state is S.ABSENT


def refused(minutes: float, by: Refuser, trouble: Trouble = Trouble.TRUST) -> LogRefusal:
    return LogRefusal(at(minutes), by, "words", "meaning", trouble)


@pytest.mark.parametrize(
    ("by", "changed", "state"),
    [
        (Refuser.ETCD, True, S.STALE),
        (Refuser.ETCD, False, S.CA_MISMATCH),
        (Refuser.KCP, True, S.CA_MISMATCH),
        (Refuser.KCP, False, S.CA_MISMATCH),
    ],
)
def test_a_refusal_in_the_log(by: Refuser, changed: bool, state: S) -> None:
    world = fresh_world()
    if changed:
        world.update(100.0, "kubectl-patch", world.make_ca(100.0))
    cluster = world.cluster(bad_since=120.0)
    made = infer(cluster, world.secret(), world.controller(130), at(130))
    assert worth_a_log(made, cluster)
    assert confirm(made, cluster, Log((refused(121.0, by),)), at(300)).state is state
    before = confirm(made, world.cluster(), Log((refused(5.0, by),)), at(300))  # of another leader, or of a start
    assert before.state is made.state


def test_a_reconcile_that_began_before_the_change_tells_nothing_yet() -> None:
    """It goes on with the old CA and does not trust etcd's new certificate. That it was the Secret alone shows when it goes on."""
    world = fresh_world()
    world.update(110.0, "kubectl-patch", world.make_ca(110.0))
    cluster = world.cluster(bad_since=110.5)
    made = infer(cluster, world.secret(), world.controller(115), at(115))
    assert made.state is S.SUSPECT
    early = confirm(made, cluster, Log((refused(110.6, Refuser.KCP),)), at(115))
    assert early.state is S.SUSPECT
    assert "began before that" in early.reason
    assert confirm(made, cluster, Log((refused(110.6, Refuser.KCP), refused(112.0, Refuser.KCP))), at(115)).state is S.CA_MISMATCH
    assert confirm(made, cluster, Log((refused(110.6, Refuser.KCP), refused(110.9, Refuser.ETCD))), at(115)).state is S.STALE


@pytest.mark.parametrize("bad_since", [None, 200.0], ids=["well", "bad again"])
def test_a_refusal_that_was_cured_is_history(bad_since: float | None) -> None:
    """Between it and now KCP reached etcd: what is wrong now is something else."""
    world = fresh_world()
    cluster = world.cluster(bad_since)
    if bad_since is None:
        condition = replace(cluster.control_plane.conditions["EtcdClusterHealthy"], since=at(150.0))  # type: ignore[union-attr]
        plane = replace(cluster.control_plane, conditions={"EtcdClusterHealthy": condition})  # type: ignore[type-var]
        cluster = replace(cluster, control_plane=plane)
    made = infer(world.cluster(), world.secret(), world.controller(210), at(210))
    assert confirm(made, cluster, Log((refused(120.0, Refuser.KCP),)), at(300)).state is S.FRESH
    assert confirm(made, cluster, Log((refused(199.5, Refuser.KCP),)), at(300)).state is S.CA_MISMATCH


def test_a_secret_deleted_and_made_anew_by_the_controller() -> None:
    world = fresh_world()
    world.create(100.0, KCP, world.make_ca(100.0))
    assert judged(world, 110).state is S.SUSPECT


def test_without_managed_fields_the_ca_itself_must_tell() -> None:
    world = fresh_world()
    world.update(100.0, "kubectl-patch", world.make_ca(100.0))
    world.entries.clear()
    assert judged(world, 110).state is S.SUSPECT
    quiet = fresh_world()
    quiet.entries.clear()
    assert judged(quiet, 110).state is S.UNKNOWN


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["touch", "touch-other", "update", "apply", "renew", "renew-apply", "same", "restore", "restart"]),
        st.integers(2, 600),
        st.sampled_from(["kubectl-patch", "argocd", "cert-manager"]),
    ),
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(EVENTS, st.integers(-2000, 0), st.integers(1, 3 * DAY))
def test_histories(events: list[tuple[str, int, str]], acquired: int, later: int) -> None:
    world = fresh_world(float(acquired))
    clock, replaced, restored, renewed, told = 11.0, [], False, False, True
    for what, minutes, manager in events:
        clock += minutes
        assert world.ca is not None
        verb = "Apply" if what in ("apply", "renew-apply", "same") else "Update"
        if what in ("touch-other", "renew", "renew-apply", "same") and "tls.key" in world.entries.get((manager, verb), (0.0, set()))[1]:
            told = False  # an entry's time covers all that its manager wrote: this moves the time of a key that it wrote before
        if what == "touch":
            world.touch(clock, KCP)
        elif what == "touch-other":
            world.touch(clock, manager)
        elif what in ("update", "apply"):
            getattr(world, what)(clock, manager, world.make_ca(clock))
            replaced.append(clock)
        elif what == "renew":
            world.update(clock, manager, world.make_ca(clock, world.ca.key))
            renewed = True
        elif what == "renew-apply":
            world.apply(clock, manager, world.make_ca(clock, world.ca.key))
            renewed = True
        elif what == "same":
            world.apply(clock, manager, world.ca)
        elif what == "restore":
            world.create(clock, "velero-server", world.ca)
            restored = True
            told = told and not renewed and not replaced  # a restore takes all traces of before with it
        else:
            world.acquired = clock
    now = clock + later
    state = judged(world, now).state
    if told and not world.key_may_be_stale(now):
        assert state not in ALARM
    since = max(world.acquired, world.initialized)
    if not restored and any(t > since and now - t < DAY for t in replaced):
        assert state in ALARM


@pytest.mark.parametrize(
    ("by", "trouble", "state"),
    [
        (Refuser.KCP, Trouble.TIME, S.SERVER_CERTIFICATE),
        (Refuser.ETCD, Trouble.TIME, S.CLOCK),
        (Refuser.ETCD, Trouble.UNTOLD, S.REFUSED),
        (Refuser.ETCD, Trouble.TRUST, S.CA_MISMATCH),
        (Refuser.KCP, Trouble.TRUST, S.CA_MISMATCH),
    ],
)
def test_each_kind_of_refusal_has_its_own_state_and_cure(by: Refuser, trouble: Trouble, state: S) -> None:
    world = fresh_world()
    cluster = world.cluster(bad_since=120.0)
    made = infer(cluster, world.secret(), world.controller(130), at(130))
    found = confirm(made, cluster, Log((refused(121.0, by, trouble),)), at(130))
    assert found.state is state
    if state is not S.CA_MISMATCH:
        assert "Secret" not in found.action.text("kubectl kcp"), "no advice to change a CA that is right"


def test_without_managed_fields_the_words_decide() -> None:
    """kubernetes issue 136919: times are gone, so what KCP's log and condition say is all that there is."""
    world = fresh_world()
    bare = replace(world.secret(), owners=())
    bad, well = world.cluster(bad_since=120.0), world.cluster()
    made = infer(bad, bare, world.controller(130), at(130))
    assert made.state is S.UNKNOWN
    assert worth_a_log(made, bad)
    assert confirm(made, bad, Log((refused(121.0, Refuser.ETCD),)), at(130)).state is S.STALE
    assert confirm(made, well, Log((refused(121.0, Refuser.ETCD),)), at(130)).state is S.SUSPECT
    assert confirm(made, bad, Log(), at(130)).state is S.UNKNOWN


@pytest.mark.parametrize(
    ("log", "state"),
    [
        (Log(reconciled=at(101)), S.FRESH),
        (Log(reconciled=at(101), failed=at(50), up=True), S.FRESH),
        (Log(reconciled=at(99)), S.SUSPECT),
        (Log(reconciled=at(109.5)), S.SUSPECT),
        (Log(), S.SUSPECT),
        (Log(reconciled=at(101), failed=at(102)), S.SUSPECT),
        (Log(reconciled=at(101), up=False), S.SUSPECT),
        (Log(reconciled=at(101), begins=at(100.5)), S.SUSPECT),
    ],
    ids=["since the change", "failed before it", "before it", "just now", "not told", "failed since", "not connected", "not all is told"],
)
def test_a_good_reconcile_since_the_change_clears_the_suspicion(log: Log, state: S) -> None:
    now = 110.0
    world = fresh_world()
    world.update(100.0, "external-secrets", world.make_ca(100.0))
    cluster = world.cluster()
    well = replace(cluster.control_plane, conditions={"EtcdClusterHealthy": Condition("EtcdClusterHealthy", "True", at(11.0))})  # type: ignore[type-var]
    cluster = replace(cluster, control_plane=well)
    made = infer(cluster, world.secret(), world.controller(now), at(now))
    assert made.state is S.SUSPECT
    found = confirm(made, cluster, log, at(now))
    assert found.state is state
    assert bool(found.action) is (state is S.SUSPECT)


@pytest.mark.parametrize(
    ("by", "words", "ended"),
    [
        (Refuser.KCP, "current time 2026-11-20T10:01:00Z is after 2026-11-20T09:30:00Z", True),
        (Refuser.KCP, "current time 2026-11-20T10:01:00Z is after 2026-11-20T09:00:00Z", False),  # the server's own end
        (Refuser.KCP, "current time 2026-11-20T10:01:00Z is before 2026-11-21T09:00:00Z", False),
        (Refuser.KCP, "x509: certificate has expired or is not yet valid", True),
        (Refuser.ETCD, "expired certificate", True),
    ],
)
def test_a_ca_that_ended_itself(by: Refuser, words: str, ended: bool) -> None:
    world = fresh_world()
    bad = world.cluster(bad_since=120.0)
    made = infer(bad, world.secret(), world.controller(130), at(130))
    log = Log((LogRefusal(at(121), by, words, "meaning", Trouble.TIME),))
    found = confirm(made, bad, log, at(130), ca_end=at(90 if "before" not in words else 900))
    assert ("etcd's CA ended at 2026-11-20 09:30:00Z" in found.reason) is ended
    assert ("renew etcd's CA with its own key" in found.action.text("x")) is ended
    assert found.state in (S.SERVER_CERTIFICATE, S.CLOCK)


@pytest.mark.parametrize(
    ("holder", "known", "hosts", "state"),
    [
        ("kcp-0_uuid", True, False, S.ABSENT),
        ("elsewhere_uuid", True, False, S.UNKNOWN),
        ("kcp-0_uuid", False, False, S.FRESH),
        ("node-1_uuid", True, True, S.FRESH),
    ],
    ids=["its Pod is gone", "none of its Pods", "Pods were not read", "a node's name, of Pods that share it"],
)
@pytest.mark.parametrize("replaced", [False, True])
def test_with_no_pod_of_kcp_nothing_is_cached_though_its_lease_goes_on(
    holder: str, known: bool, hosts: bool, state: S, replaced: bool
) -> None:
    world = fresh_world()
    if replaced:
        world.update(100.0, "external-secrets", world.make_ca(100.0))
    kcp = world.controller(110)
    assert kcp.leader is not None
    pods = tuple(replace(p, name=f"other-{p.name}", host_network=True, leader=False) for p in kcp.pods) if hosts else ()
    kcp = replace(kcp, pods=pods, pods_known=known, leader=replace(kcp.leader, holder=holder, pod=None))
    made = infer(world.cluster(), world.secret(), kcp, at(110))
    assert made.state is (S.SUSPECT if replaced and state is S.FRESH else state), made.reason
    assert bool(made.action) is (made.state is S.SUSPECT)


@pytest.mark.parametrize(("known", "state"), [(True, S.ABSENT), (False, S.UNKNOWN)])
@pytest.mark.parametrize("elects", [True, False])
def test_without_a_pod_and_a_lease_nothing_is_cached_if_pods_were_read(known: bool, state: S, elects: bool) -> None:
    world = fresh_world()
    kcp = world.controller(110)
    flags = {} if elects else {"leader-elect": "false"}
    kcp = replace(kcp, pods=(), pods_known=known, flags=flags, leader=None if elects else kcp.leader)
    made = infer(world.cluster(), world.secret(), kcp, at(110))
    assert made.state is state, made.reason

"""What is written as a bundle reads back equal, and holds nothing private."""

from __future__ import annotations

import gzip
import stat
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kubectl_kcp.advice import advice, command
from kubectl_kcp.errors import FailureKind, Refused
from kubectl_kcp.gather.inventory import gather_controllers
from kubectl_kcp.knowledge.resources import CLUSTERS, DEPLOYMENTS, LEASES, PODS, SECRETS
from kubectl_kcp.model.reference import Failure, Origin, Subject
from kubectl_kcp.model.secret import CertificateSecret, FieldOwner, Key, KeyState, Kubeconfig, Purpose
from kubectl_kcp.sources.bundle.open import open_bundle
from kubectl_kcp.sources.bundle.redact import redact_object, redact_text
from kubectl_kcp.sources.bundle.secret_objects import secret_object
from kubectl_kcp.sources.bundle.write import write_bundle
from kubectl_kcp.sources.interface import Moment, ProfileKind, Reading
from kubectl_kcp.sources.secrets import reduce
from tests.authority import certificate

MADE = certificate("etcd-ca")
NOW = datetime(2026, 11, 24, 3, tzinfo=timezone.utc)

HINT = advice("look: ", command("certs status"))


def test_a_recording_written_anew_reads_as_before(recording: Callable[[str], Path], tmp_path: Path) -> None:
    target = tmp_path / "case.tar.gz"
    with open_bundle(str(recording("v1.14.2-stale-credential"))) as old:
        found = gather_controllers(old)
        pods = [p for c in found.items for p in c.pods]
        pages = {m: {o.pod.ref: o for o in old.metrics(pods, m, b"".join) if isinstance(o, Reading)} for m in Moment}
        heaps = {o.pod.ref: o.value for o in old.profiles(pods, ProfileKind.HEAP, 0, bytes) if isinstance(o, Reading)}
        with write_bundle(str(target), old.now()) as writer:
            for resource in (CLUSTERS, DEPLOYMENTS, PODS, LEASES):
                writer.objects(resource, old.objects(resource).items)
            writer.secrets(old.secrets().items)
            writer.failures([Failure(Subject("machines", "default"), FailureKind.FORBIDDEN, "forbidden", HINT)])
            for controller in found.items:
                for pod in controller.pods:
                    writer.pod(controller, pod)
                    for moment in Moment:
                        writer.metrics(pod, moment, [pages[moment][pod.ref].value], pages[moment][pod.ref].started)
                    writer.profile(pod, ProfileKind.HEAP, heaps[pod.ref])
                    writer.log(pod, list(old.log(pod)))
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        with open_bundle(str(target)) as new:
            assert new.now() == old.now()
            assert new.secrets() == old.secrets()
            assert gather_controllers(new).items == found.items
            assert new.recorded_failures == (Failure(Subject("machines", "default"), FailureKind.FORBIDDEN, "forbidden", HINT),)
            for moment in Moment:
                for o in new.metrics(pods, moment, b"".join):
                    assert o == pages[moment][o.pod.ref]  # type: ignore[union-attr]
            for pod in pods:
                assert list(new.log(pod)) == list(old.log(pod))


PROD = Origin.of("prod", "https://prod:6443")


def test_which_cluster_it_is_of_and_how_its_clock_went(tmp_path: Path) -> None:
    for skew in (None, -61.24):
        with write_bundle(str(tmp_path / "case.tar.gz"), NOW, overwrite=True) as writer:
            writer.about(PROD, skew)
        with open_bundle(str(tmp_path / "case.tar.gz")) as made:
            assert (made.origin, made.skew) == (PROD, None if skew is None else -61.2)


def test_a_recording_that_was_not_told_its_origin_has_its_own_name(recording: Callable[[str], Path]) -> None:
    with open_bundle(str(recording("v1.14.2-healthy"))) as old:
        assert (old.origin, old.skew) == (Origin(old.name), None)


PUBLIC = st.sampled_from([b"", MADE.pem, b"rubbish"])
KEYS = st.one_of(
    st.just(Key(KeyState.ABSENT)),
    st.sampled_from([Key(KeyState.REDACTED), Key(KeyState.UNREADABLE)]),
    st.builds(Key, st.just(KeyState.PRESENT), st.sampled_from(["RSA-2048", "ECDSA-P-256"]), st.text("0123456789abcdef", max_size=64)),
)
OWNERS = st.lists(
    st.builds(
        FieldOwner,
        st.text(max_size=5),
        st.sampled_from(["Update", "Apply"]),
        st.none() | st.just(NOW),
        st.frozensets(st.sampled_from(["tls.crt", "tls.key", "value"]), min_size=1),
    ),
    max_size=2,
).map(tuple)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([Purpose(p) for p in ("ca", "sa", "apiserver-etcd-client", "peer-etcd", "of-somebody")]),
    KEYS,
    OWNERS,
    st.sampled_from(["", "tls.key is not base64"]),
)
def test_a_reduced_secret_reads_back_equal(purpose: Purpose, key: Key, owners: tuple[FieldOwner, ...], problem: str) -> None:
    secret = CertificateSecret(
        "ns",
        f"c1-{purpose}",
        "c1",
        purpose,
        "u",
        "t",
        NOW,
        "7",
        ("Cluster",),
        owners,
        MADE.pem,
        key,
        problem=problem,
        label="c1",
        field="crt",
    )
    assert reduce(secret_object(secret)) == secret


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["certificate", "token", "exec", "other"]), PUBLIC, KEYS)
def test_a_reduced_kubeconfig_reads_back_equal(auth: str, ca: bytes, key: Key) -> None:
    config = Kubeconfig('https://c1: 6443 # "x"\n', auth, ca, MADE.pem if auth == "certificate" else b"", key)
    secret = CertificateSecret("ns", "c1-kubeconfig", "c1", Purpose.KUBECONFIG, kubeconfig=config, label="c1")
    assert reduce(secret_object(secret)) == secret


def test_a_secret_that_could_not_be_used_keeps_its_problem() -> None:
    secret = CertificateSecret("ns", "c1-kubeconfig", "c1", Purpose.KUBECONFIG, problem="the kubeconfig has no users", label="c1")
    assert reduce(secret_object(secret)) == secret


def test_a_key_beside_its_certificate_does_not_go_along(tmp_path: Path) -> None:
    secret = CertificateSecret("ns", "c1-ca", "c1", Purpose.CA, certificate_pem=MADE.key_pem + MADE.pem, label="c1", field="tls.crt")
    target = tmp_path / "b.tar.gz"
    with write_bundle(str(target), NOW) as writer:
        writer.secrets([secret])
    with open_bundle(str(target)) as source:
        assert source.secrets().items == (replace(secret, certificate_pem=MADE.pem),)


def test_credentials_in_objects_and_logs_are_taken_out(tmp_path: Path) -> None:
    token, password = "abcdef." + "0123456789abcdef", "hunter2" * 3
    cluster = {
        "metadata": {"name": "c", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": password, "kept": "yes"}},
        "spec": {
            "files": [{"path": "/etc/x", "content": password}],
            "users": [{"name": "u", "passwd": password}],
            "join": {"discovery": {"bootstrapToken": {"token": token}}},
            "topology": {"variables": [{"name": "registry", "value": {"password": password}}]},
            "preKubeadmCommands": [f"login {password}"],
            "containers": [{"args": ["--v=2"], "env": [{"name": "P", "value": password}]}],
        },
    }
    jwt = "eyJ" + "a" * 20 + "." + "b" * 20 + "." + "c" * 20
    line = f"Bearer {password} token {token} jwt {jwt}\n".encode() + MADE.key_pem + b"after\n"
    shown = (repr(redact_object(cluster)) + redact_text(line).decode()).replace("REDACTED", "")
    for secret in (token, password, jwt, MADE.key_pem.decode().splitlines()[1]):
        assert secret not in shown
    assert "--v=2" in shown
    assert "'kept': 'yes'" in shown
    assert shown.endswith("after\n")
    assert cluster["spec"]["files"][0]["content"] == password  # type: ignore[index] # the caller's object is left as it was


def test_a_key_in_a_log_is_not_in_the_file(tmp_path: Path, recording: Callable[[str], Path]) -> None:
    target = tmp_path / "b.tar.gz"
    with open_bundle(str(recording("v1.4.2-0-clusters"))) as source:
        controller = gather_controllers(source).items[0]
        with write_bundle(str(target), NOW) as writer:
            writer.pod(controller, controller.pods[0])
            writer.log(controller.pods[0], ["before", *MADE.key_pem.decode().splitlines(), "after"])
    content = gzip.decompress(target.read_bytes())
    assert MADE.key_pem.splitlines()[1] not in content
    assert b"before\nREDACTED\nafter\n" in content


def test_secrets_as_objects_are_refused(tmp_path: Path) -> None:
    target = tmp_path / "b.tar.gz"
    with pytest.raises(Refused, match="reduced only"), write_bundle(str(target), NOW) as writer:
        writer.objects(SECRETS, [])
    assert not list(tmp_path.iterdir())


def test_another_file_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "b.tar.gz"
    target.write_text("mine")
    with pytest.raises(Refused, match="exists"), write_bundle(str(target), NOW):
        pytest.fail("nothing should be gathered")
    assert target.read_text() == "mine"
    with write_bundle(str(target), NOW, overwrite=True):
        pass
    with open_bundle(str(target)) as source:
        assert source.now() == NOW


def test_of_a_secret_that_nobody_knows_public_blocks_go_along_alone(tmp_path: Path) -> None:
    secret = CertificateSecret("ns", "c1-odd", "c1", Purpose("odd"), certificate_pem=b"word: hunter2\n" + MADE.pem, label="c1", field="crt")
    target = tmp_path / "b.tar.gz"
    with write_bundle(str(target), NOW) as writer:
        writer.secrets([secret])
    with open_bundle(str(target)) as source:
        assert source.secrets().items == (replace(secret, certificate_pem=MADE.pem),)

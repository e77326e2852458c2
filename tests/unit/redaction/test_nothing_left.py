"""A bundle in which every place that can hold a name holds one with the same odd word: after ``bundle redact`` the word is gone."""

from __future__ import annotations

import base64
import re
import stat
from datetime import datetime, timezone
from pathlib import Path

import pytest

from kubectl_kcp.advice import advice, command
from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import ExitCode, FailureKind
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.kube.resources import Object
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.profile import Function, Label, Line, Location, Mapping, Profile, Sample, SampleType
from kubectl_kcp.model.reference import Failure, Origin, Ref, Subject
from kubectl_kcp.model.secret import CertificateSecret, FieldOwner, Key, KeyState, Kubeconfig, Purpose
from kubectl_kcp.pprof.encode import encode
from kubectl_kcp.sources.bundle.open import open_bundle
from kubectl_kcp.sources.bundle.write import write_bundle
from kubectl_kcp.sources.interface import Moment, ProfileKind, Reading
from tests.authority import Made, certificate
from tests.unit.redaction.opened import everything

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
WORD = "zanzibar"
IPV4, IPV6 = "10.77.88.99", "fd00:7a6e::beef"
SPACE, CLUSTER = f"{WORD}-team", f"{WORD}-prod"
HOST = f"api.{WORD}.corp"

# ruff: noqa: E501 - lines of a log are as long as they are
LOG = f"""\
I1124 11:00:00.000001       1 main.go:12] FLAG: --namespace="{SPACE}"
I1124 11:00:01.000001       1 kcp.go:405] "Reconcile KubeadmControlPlane" controller="kubeadmcontrolplane" controllerKind="KubeadmControlPlane" KubeadmControlPlane="{SPACE}/{CLUSTER}-cp" namespace="{SPACE}" name="{CLUSTER}-cp" Cluster="{SPACE}/{CLUSTER}"
E1124 11:00:02.000001       1 controller.go:494] "Reconciler error" err="Get \\"https://{HOST}:6443/api/v1/namespaces/{SPACE}/secrets/only-{WORD}-here\\": dial tcp {IPV4}:6443: connect: connection refused" Cluster="{SPACE}/{CLUSTER}"
E1124 11:00:03.000001       1 controller.go:494] "Reconciler error" err=<
	machines.cluster.x-k8s.io "{WORD}-quoted" not found
	dial tcp [{IPV6}]:2379: i/o timeout; lookup etcd.{WORD}.internal on {IPV4}:53: no such host
 > Machine="{SPACE}/{WORD}-only-in-the-log" node="{WORD}-node-1"
{{"ts":1764000000000.1,"caller":"a/b.go:1","msg":"error: {WORD}-late failed","v":0,"Cluster":{{"name":"{WORD}-late","namespace":"{SPACE}"}},"err":"User \\"jane@{WORD}.com\\" cannot list"}}
{{"level":"warn","ts":"2026-11-24T11:00:00Z","msg":"retrying","target":"etcd-endpoints://0x18/etcd-{WORD}-m1","error":"tls: certificate required"}}
I1124 11:00:04.000001       1 request.go:1] "Response Body" body="{{\\"metadata\\":{{\\"name\\":\\"{WORD}-body\\",\\"namespace\\":\\"{WORD}-body-space\\"}},\\"spec\\":{{\\"nodeName\\":\\"{WORD}x\\"}}}}"
I1124 11:00:05.000001       1 recorder.go:1] "{WORD}x is gone" object={{"kind":"Node","name":"{WORD}-of-event"}}
panic: something of {CLUSTER}_1 and {CLUSTER}.{SPACE}.svc at {IPV4}
"""

PAGE = f"""\
# HELP capi_cluster_cache_connection_up is up
# TYPE capi_cluster_cache_connection_up gauge
capi_cluster_cache_connection_up{{cluster_name="{CLUSTER}",cluster_namespace="{SPACE}"}} 1
capi_cluster_cache_connection_up{{cluster_name="{WORD}-metric",cluster_namespace="{WORD}-metric-space"}} 1
rest_client_requests_total{{code="200",host="{HOST}:6443",method="GET"}} 5
rest_client_requests_total{{code="200",host="[{IPV6}]:6443",method="GET"}} 5
rest_client_request_duration_seconds_sum{{url="https://{IPV4}:6443/apis/%7Bprefix%7D/namespaces/{SPACE}",verb="GET"}} 1
workqueue_depth{{controller="cluster",name="cluster"}} 3
"""


def meta(name: str, **more: object) -> dict[str, object]:
    return {
        "name": name,
        "namespace": SPACE,
        "uid": "1c58a0fc-4f5d-41c9-a9cd-7a6e0000beef",
        "generateName": f"{WORD}-",
        "labels": {"cluster.x-k8s.io/cluster-name": CLUSTER, f"{WORD}.io/team": f"{WORD}-blue", "team": WORD},
        "annotations": {f"{WORD}.io/contact": f"jane@{WORD}.com", "note": WORD},
        "finalizers": ["machine.cluster.x-k8s.io", f"{WORD}.io/cleanup"],
        "ownerReferences": [{"apiVersion": f"infrastructure.{WORD}.io/v1", "kind": "Fleet", "name": f"{WORD}-owner", "uid": "u"}],
        "managedFields": [
            {
                "manager": f"{WORD}-operator",
                "operation": "Update",
                "apiVersion": "cluster.x-k8s.io/v1beta1",
                "time": "2026-11-24T10:00:00Z",
                "fieldsV1": {"f:metadata": {"f:labels": {f"f:{WORD}": {}}}, "f:spec": {f'k:{{"name":"{WORD}"}}': {}}, "f:status": {}},
            }
        ],
        **more,
    }


def objects(ca: Made) -> dict[r.Resource, list[Object]]:
    bundle = base64.b64encode(ca.pem).decode()
    condition = {"type": f"{WORD}.io/Ready", "status": "False", "reason": "Failed", "message": f"Machine {WORD}-m1 at {IPV4}, {HOST}: gone"}
    template = {
        "metadata": {"labels": {"app": WORD}, "annotations": {"x": WORD}},
        "spec": {
            "serviceAccountName": f"{WORD}-account",
            "nodeSelector": {f"{WORD}/zone": WORD},
            "containers": [
                {
                    "name": "manager",
                    "image": f"registry.{WORD}.corp/mirror/{WORD}-kcp:v1.14.2",
                    "args": ["--leader-elect", f"--namespace={SPACE}", f"--watch-filter={WORD}", "--v=2", f"--x={HOST}:80,{IPV4}:1"],
                    "env": [{"name": WORD, "value": WORD}],
                }
            ],
        },
    }
    return {
        r.CLUSTERS: [
            {
                "apiVersion": "cluster.x-k8s.io/v1beta2",
                "kind": "Cluster",
                "metadata": meta(CLUSTER),
                "spec": {
                    "controlPlaneEndpoint": {"host": HOST, "port": 6443},
                    "controlPlaneRef": {
                        "kind": "KubeadmControlPlane",
                        "name": f"{CLUSTER}-cp",
                        "apiGroup": "controlplane.cluster.x-k8s.io",
                    },
                    "infrastructureRef": {"kind": "AWSCluster", "name": f"{WORD}-infra"},
                    "clusterNetwork": {"pods": {"cidrBlocks": ["10.77.0.0/16"]}, "serviceDomain": f"{WORD}.local"},
                    "topology": {"class": f"{WORD}-class", "variables": [{"name": WORD, "value": {"a": WORD}}]},
                },
                "status": {"conditions": [condition], "failureDomains": {f"{WORD}-1a": {"controlPlane": True}}},
            }
        ],
        r.KUBEADM_CONTROL_PLANES: [
            {
                "kind": "KubeadmControlPlane",
                "metadata": meta(f"{CLUSTER}-cp"),
                "spec": {
                    "version": "v1.34.0",
                    "kubeadmConfigSpec": {
                        "clusterConfiguration": {"imageRepository": f"r.{WORD}.corp/k8s", "apiServer": {"certSANs": [HOST, IPV4]}},
                        "users": [{"name": WORD}],
                        "preKubeadmCommands": [f"echo {WORD} one"],
                        "initConfiguration": {"nodeRegistration": {"kubeletExtraArgs": [{"name": "node-ip", "value": IPV4}]}},
                    },
                },
                "status": {"selector": f"team={WORD}", "lastRemediation": {"machine": f"{WORD}-m1", "time": "2026-11-24T10:00:00Z"}},
            }
        ],
        r.MACHINES: [
            {
                "kind": "Machine",
                "metadata": meta(f"{WORD}-m1"),
                "spec": {"clusterName": CLUSTER, "providerID": f"aws:///eu-{WORD}-1a/i-{WORD}", "failureDomain": WORD},
                "status": {
                    "nodeRef": {"name": f"{WORD}-m1"},
                    "addresses": [{"type": "InternalIP", "address": IPV4}, {"type": "InternalDNS", "address": HOST}, {"address": IPV6}],
                    "nodeInfo": {"machineID": WORD},
                    "failureMessage": f"could not reach {WORD}-m1",
                },
            }
        ],
        r.DEPLOYMENTS: [
            {
                "kind": "Deployment",
                "metadata": {
                    **meta("capi-kubeadm-control-plane-controller-manager"),
                    "labels": {r.PROVIDER_LABEL: "control-plane-kubeadm"},
                },
                "spec": {"replicas": 1, "selector": {"matchLabels": {"app": WORD}}, "template": template},
            }
        ],
        r.PODS: [
            {
                "kind": "Pod",
                "metadata": {**meta(f"{WORD}-kcp-1"), "labels": {r.PROVIDER_LABEL: "control-plane-kubeadm", "app": WORD}},
                "spec": {**template["spec"], "nodeName": f"{WORD}-node-1"},
                "status": {
                    "podIP": IPV4,
                    "hostIP": IPV4,
                    "podIPs": [{"ip": IPV6}],
                    "containerStatuses": [{"name": "manager", "image": f"{WORD}/x"}],
                },
            }
        ],
        r.LEASES: [
            {
                "kind": "Lease",
                "metadata": meta("kubeadm-control-plane-manager-leader-election-capi"),
                "spec": {"holderIdentity": f"{WORD}-kcp-1_0e4f6ac1-5156-4840-a8c5-f969a0221318", "leaseDurationSeconds": 60},
            }
        ],
        r.CUSTOM_RESOURCES: [
            {
                "kind": "CustomResourceDefinition",
                "metadata": {"name": f"fleets.infrastructure.{WORD}.io"},
                "spec": {
                    "group": f"infrastructure.{WORD}.io",
                    "conversion": {"strategy": "Webhook", "webhook": {"clientConfig": {"caBundle": bundle, "url": f"https://{HOST}/x"}}},
                    "versions": [{"name": "v1beta1", "schema": {"openAPIV3Schema": {"description": WORD}}}],
                },
            }
        ],
        r.EVENTS: [{"kind": "Event", "metadata": meta(f"{WORD}-event"), "message": WORD}],
    }


def secrets(ca: Made) -> list[CertificateSecret]:
    leaf = certificate(f"system:node:{WORD}-m1", ca)
    key = Key(KeyState.PRESENT, "ECDSA-P-256", "ab" * 32, f"of {WORD}-m1")
    config = Kubeconfig(f"https://{HOST}:6443/k8s/{WORD}", "certificate", ca.pem, leaf.pem, key, f"context {CLUSTER} is not there")
    owners = (FieldOwner(f"{WORD}-operator", "Update", NOW, frozenset({"tls.crt", f"{WORD}.crt"})),)
    wild = b"# made by " + WORD.encode() + b"\n" + leaf.pem.replace(b"-----\n", b"-----\nOwner: " + WORD.encode() + b"\n", 1)
    return [
        CertificateSecret(
            SPACE, f"{CLUSTER}-ca", CLUSTER, Purpose.CA, owners=owners, certificate_pem=ca.pem, label=CLUSTER, field="tls.crt"
        ),
        CertificateSecret(SPACE, f"{CLUSTER}-kubeconfig", CLUSTER, Purpose.KUBECONFIG, kubeconfig=config, label=CLUSTER),
        CertificateSecret(SPACE, f"{CLUSTER}-etcd", CLUSTER, Purpose.ETCD, certificate_pem=wild, label=CLUSTER, field="tls.crt"),
        CertificateSecret(SPACE, f"{CLUSTER}-{WORD}", CLUSTER, Purpose(WORD), certificate_pem=leaf.pem, label=CLUSTER, field="tls.crt"),
        CertificateSecret(SPACE, f"{WORD}-odd-proxy", f"{WORD}-odd", Purpose.PROXY, problem=f"{WORD}-odd is broken", type=f"{WORD}.io/x"),
    ]


def profile() -> bytes:
    functions = ("sigs.k8s.io/controller-runtime/pkg/x.(*C).Reconcile", f"git.{WORD}.corp/team/provider.(*R).Reconcile")
    return encode(
        Profile(
            (SampleType("samples", "count"), SampleType("cpu", "nanoseconds")),
            (Sample((0, 1), (1, 10_000_000), (Label("cluster", CLUSTER), Label("object", f"{SPACE}/{CLUSTER}"))),),
            tuple(Location(i, (Line(i),), 0) for i in range(2)),
            tuple(Function(n, n, f"/home/{WORD}/src/x.go") for n in functions),
            (Mapping(file=f"/home/{WORD}/manager"),),
            duration_ns=10**9,
            comments=(f"taken by jane@{WORD}.com",),
        )
    )


@pytest.fixture
def full(tmp_path: Path) -> Path:
    path = tmp_path / f"{WORD}.tar.gz"
    ca = certificate(f"{WORD} Root CA")
    pod = Pod(SPACE, f"{WORD}-kcp-1")
    controller = Controller(
        SPACE, "capi-kubeadm-control-plane-controller-manager", "control-plane-kubeadm", service_account=f"{WORD}-account"
    )
    with write_bundle(str(path), NOW) as out:
        out.about(Origin.of(f"{WORD}-admin", f"https://{HOST}:6443"), 0.4)
        out.version("v1.34.1")
        for resource, items in objects(ca).items():
            out.objects(resource, items)
        out.secrets(secrets(ca))
        out.pod(controller, pod)
        for moment in Moment:
            out.metrics(pod, moment, [PAGE.encode()], NOW)
        out.profile(pod, ProfileKind.CPU, profile())
        out.profile(pod, ProfileKind.HEAP, f"cut {WORD}".encode())
        out.log(pod, LOG.splitlines())
        hint = advice(f"ask {WORD}-admins: ", command(f"certs status -n {SPACE}"))
        out.failures(
            [
                Failure(Subject("services", SPACE), FailureKind.FORBIDDEN, f'services is forbidden: User "{WORD}-jane" cannot', hint),
                Failure(Subject.of("Secret", Ref(SPACE, f"{WORD}-x-sa")), FailureKind.FORBIDDEN, "no"),
                Failure(Subject("nodes"), FailureKind.UNREACHABLE, f"https://{HOST}:6443 (context {WORD}-admin) cannot be reached"),
            ]
        )
    return path


def test_the_word_is_there_before(full: Path) -> None:
    held = everything(full)
    assert sum(WORD.encode() in data for data in held.values()) > 12


def test_nothing_of_it_is_left(full: Path, tmp_path: Path) -> None:
    new, mapping = tmp_path / "new.tar.gz", tmp_path / "names.txt"
    assert run(["bundle", "redact", str(full), str(new), "--mapping", str(mapping)], "kubectl kcp") == ExitCode.INCOMPLETE
    for name, data in everything(new).items():
        for word in (WORD, IPV4, IPV6, "10.77.0.0", "jane"):
            found = [data[max(0, m.start() - 60) : m.end() + 40] for m in re.finditer(re.escape(word.encode()), data, re.IGNORECASE)]
            assert not found, f"{name} holds {word}: {found[:3]}"
    assert "objects/events.json" not in everything(new), "what no command reads is left out"
    assert stat.S_IMODE(mapping.stat().st_mode) == 0o600
    assert f"name\t{CLUSTER}\tcluster-" in mapping.read_text()


def test_the_terminal_is_told_by_their_names_what_was_not_read(full: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who redacts has the names, and must know what to mend."""
    run(["bundle", "redact", str(full), str(tmp_path / "new.tar.gz")], "kubectl kcp")
    err = capsys.readouterr().err
    assert f"services in {SPACE}" in err
    assert "heap profile of" in err


def test_what_belongs_together_still_does(full: Path, tmp_path: Path) -> None:
    """By the same stand-in everywhere, as read by the commands."""
    from kubectl_kcp.gather.inventory import gather_controllers
    from kubectl_kcp.pprof.decode import decode

    new = tmp_path / "new.tar.gz"
    run(["bundle", "redact", str(full), str(new)], "kubectl kcp")
    with open_bundle(str(new)) as source:
        (cluster,) = source.objects(r.CLUSTERS).items
        (machine,) = source.objects(r.MACHINES).items
        (kcp,) = gather_controllers(source).items
        (pod,) = kcp.pods
        name, space = cluster["metadata"]["name"], cluster["metadata"]["namespace"]
        assert machine["spec"]["clusterName"] == name
        assert machine["status"]["nodeRef"]["name"] == machine["metadata"]["name"]
        assert {s.cluster for s in source.secrets(space).items if s.label} == {name}
        assert {s.purpose for s in source.secrets(space).items if s.label} >= {Purpose.CA, Purpose.KUBECONFIG, Purpose.ETCD}
        assert (str(kcp.version), kcp.watch_namespace) == ("v1.14.2", space)
        assert pod.leader is True
        log = "\n".join(source.log(pod))
        assert f'Cluster="{space}/{name}"' in log
        assert f"etcd-{machine['metadata']['name']}" in log
        page = next(o.value for o in source.metrics([pod], Moment.AFTER, b"".join) if isinstance(o, Reading)).decode()
        assert f'cluster_name="{name}",cluster_namespace="{space}"' in page
        (cpu,) = [o.value for o in source.profiles([pod], ProfileKind.CPU, 0, bytes) if isinstance(o, Reading)]
        assert [x.text for x in decode(cpu).samples[0].labels] == [name, f"{space}/{name}"]
        assert decode(cpu).functions[0].name.startswith("sigs.k8s.io/controller-runtime/")
        left_out = [f for f in source.recorded_failures if f.kind is FailureKind.BAD_DATA]
        assert [f.subject.part for f in left_out] == ["heap profile"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("{old}",), "Missing argument 'NEW'"),
        (("{old}", "{old}"), "OLD and NEW are the same file"),
        (("{old}", "{new}", "--mapping", "{new}"), "name the same file"),
    ],
)
def test_wrong_arguments(args: tuple[str, ...], words: str, full: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed = [a.format(old=full, new=tmp_path / "new.tar.gz") for a in args]
    assert run(["bundle", "redact", *typed], "kubectl kcp") == ExitCode.USAGE
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("args", [("{there}",), ("{new}", "--mapping", "{there}")])
def test_nothing_is_written_over(args: tuple[str, ...], full: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    typed = [a.format(new=tmp_path / "new.tar.gz", there=there) for a in args]
    assert run(["bundle", "redact", str(full), *typed], "kubectl kcp") == ExitCode.FAILED
    assert "exists" in capsys.readouterr().err
    assert there.read_text() == "mine"
    assert not (tmp_path / "new.tar.gz").exists()


def test_a_mapping_is_of_redacted_names_only(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["bundle", str(tmp_path / "x"), "--mapping", str(tmp_path / "y")], "kubectl kcp") == ExitCode.USAGE
    assert "--redact-names" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("origin", "left"),
    [
        (Origin.of(f"{WORD}-admin", f"https://{HOST}:6443"), r"context name-\d+ \(https://[\w.-]+:6443\)"),
        (Origin.of("", f"https://{HOST}:6443"), r"in-cluster \(https://[\w.-]+:6443\)"),
        (Origin.of(f"{WORD} (a", f"https://[{WORD}"), r"context name-\d+ \(\S+\)"),
        (Origin(f"context {WORD}-admin (https://{HOST}:6443)"), r"[\w-]+"),
    ],
    ids=["a context", "in a Pod", "a context with a bracket, and no URL", "a text of which nothing is known"],
)
def test_of_the_origin_is_left_what_it_is(tmp_path: Path, origin: Origin, left: str) -> None:
    old, new = tmp_path / "old.tar.gz", tmp_path / "new.tar.gz"
    with write_bundle(str(old), NOW) as out:
        out.about(origin, None)
    assert run(["bundle", "redact", str(old), str(new)], "kubectl kcp") == ExitCode.OK
    with open_bundle(str(new)) as made:
        assert re.fullmatch(left, str(made.origin)), made.origin
        assert WORD not in str(made.origin)

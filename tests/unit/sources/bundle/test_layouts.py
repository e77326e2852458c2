"""What other tools collect, read as a bundle: the same first finding as on our own recording of that moment."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import BadInput, ExitCode
from kubectl_kcp.gather.inventory import gather_controllers
from kubectl_kcp.knowledge.resources import CLUSTERS
from kubectl_kcp.sources.bundle.layouts import LAYOUTS
from kubectl_kcp.sources.bundle.open import open_bundle
from tests.schema import validate
from tests.unit.sources.bundle import foreign

Json = dict[str, Any]
Change = Callable[[Json], None]
HEALTHY, STALE = "v1.14.2-healthy", "v1.14.2-stale-credential"
HOUR_BEFORE = "2026-11-23T21:00:00Z"


def deleting(obj: Json) -> None:
    if obj["kind"] == "Machine" and obj["metadata"]["name"].startswith("c001"):
        obj["metadata"] |= {"deletionTimestamp": HOUR_BEFORE, "deletionGracePeriodSeconds": 0}


def unavailable(obj: Json) -> None:
    if obj["kind"] == "Deployment" and obj["metadata"]["name"] == "capi-controller-manager":
        obj["status"] = {
            "conditions": [
                {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable", "lastTransitionTime": HOUR_BEFORE}
            ]
        }


SITUATIONS: dict[str, tuple[str, Change | None, str]] = {
    "crust-gather": (STALE, None, "etcd-credential-stale"),
    "troubleshoot": (STALE, None, "etcd-credential-stale"),
    "e2e": (HEALTHY, deleting, "deletion-stuck"),
    "cluster-info": (HEALTHY, unavailable, "controller-not-ready"),
}
"""By layout: a recording, what is changed in it, and the code that it shows: one that needs no more than the layout holds."""


@pytest.fixture
def case(recording: Callable[[str], Path], tmp_path: Path) -> Callable[[str, Change | None], Path]:
    def made(name: str, change: Change | None) -> Path:
        folder = tmp_path / "ours"
        shutil.copytree(recording(name), folder)
        for file in (folder / "objects").iterdir() if change is not None else ():
            document = json.loads(file.read_text())
            for obj in document["items"]:
                if change is not None:
                    change(obj)
            file.write_text(json.dumps(document))
        return folder

    return made


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Json]]:
    def typed(*words: str) -> tuple[int, Json]:
        code = run([*words, "-o", "json"], "kubectl kcp")
        found: Json = json.loads(capsys.readouterr().out)
        return code, found

    return typed


def packed(folder: Path, to: Path) -> Path:
    with tarfile.open(to, "w:gz") as tar:
        tar.add(folder, "collected")
    return to


@pytest.mark.parametrize("form", ["folder", "archive"])
@pytest.mark.parametrize("layout", SITUATIONS)
def test_the_first_finding_is_the_same(
    layout: str, form: str, case: Callable[..., Path], tmp_path: Path, told: Callable[..., tuple[int, Json]]
) -> None:
    name, change, code = SITUATIONS[layout]
    ours = case(name, change)
    theirs = tmp_path / "theirs"
    foreign.LAYOUTS[layout](ours, theirs)
    path = theirs if form == "folder" else packed(theirs, tmp_path / "theirs.tar.gz")
    own, other = (told("doctor", "-A", "--bundle", str(p))[1] for p in (ours, path))
    first = [(d["findings"][0]["code"], d["findings"][0]["severity"], d["findings"][0]["subject"]) for d in (own, other)]
    assert first[0][0] == code
    assert first[0] == first[1]


@pytest.mark.parametrize("layout", SITUATIONS)
def test_what_it_is_and_what_it_lacks_is_said(
    layout: str, recording: Callable[[str], Path], tmp_path: Path, told: Callable[..., tuple[int, Json]]
) -> None:
    foreign.LAYOUTS[layout](recording(HEALTHY), tmp_path)
    code, made = told("bundle", "inspect", str(tmp_path))
    validate(made, "bundle-inspect")
    assert code == ExitCode.OK
    assert made["layout"] in {row.name for row in LAYOUTS}
    assert "profiles" in made["lacks"]
    assert made["timeEstimated"] is (layout != "crust-gather")
    assert "2026-11-23T22:09:30Z" < made["time"] <= "2026-11-23T22:10:58Z"
    assert ("secrets" in {e["subject"] for e in made["notRead"]}) is (layout != "crust-gather")
    assert all(e["reason"] == f"not in {made['layout']}" for e in made["notRead"])
    assert len(made["pods"]) == 4
    assert all("log" in p["holds"] for p in made["pods"])


@pytest.mark.parametrize("layout", [name for name in SITUATIONS if name != "crust-gather"])
def test_without_secrets_no_certificate_is_called_missing(
    layout: str, recording: Callable[[str], Path], tmp_path: Path, told: Callable[..., tuple[int, Json]]
) -> None:
    foreign.LAYOUTS[layout](recording(HEALTHY), tmp_path)
    code, made = told("doctor", "-A", "--bundle", str(tmp_path))
    assert (code, made["findings"]) == (ExitCode.INCOMPLETE, [])
    subjects = [e["subject"] for e in made["errors"]]
    assert "secrets" in subjects
    assert len(subjects) == len(set(subjects)) < 10, "what a layout lacks is said once"


def test_every_layout_has_an_example_and_its_line_in_the_docs() -> None:
    assert len(LAYOUTS) == len(SITUATIONS) == len(foreign.LAYOUTS)
    page = (Path(__file__).parents[4] / "docs/bundle.md").read_text()
    for row in LAYOUTS:
        assert f"| {row.name} |" in page
        assert f"| {'; '.join(row.lacks)} |" in page
        assert row.source


def test_no_private_key_of_their_secrets_goes_on(recording: Callable[[str], Path], tmp_path: Path) -> None:
    """crust-gather keeps Secrets whole."""
    import base64

    from tests.authority import certificate

    key = base64.b64encode(certificate().key_pem).decode()
    foreign.crust_gather(recording(HEALTHY), tmp_path / "theirs")
    for path in (tmp_path / "theirs").glob("namespaces/*/v1/secret/*.yaml"):
        path.write_text(path.read_text().replace("UkVEQUNURUQ=", key))
    assert run(["bundle", "redact", str(tmp_path / "theirs"), str(tmp_path / "ours.tar.gz")], "kubectl kcp") in (0, 3)
    from tests.unit.redaction.opened import everything

    held = everything(tmp_path / "ours.tar.gz")
    assert held["objects/secrets.json"]
    assert not [name for name, data in held.items() if b"PRIVATE KEY" in data or key.encode() in data]


@pytest.mark.parametrize("layout", SITUATIONS)
def test_without_names_it_lacks_the_same(
    layout: str, case: Callable[..., Path], tmp_path: Path, told: Callable[..., tuple[int, Json]], capsys: pytest.CaptureFixture[str]
) -> None:
    foreign.LAYOUTS[layout](case(*SITUATIONS[layout][:2]), tmp_path / "theirs")
    assert run(["bundle", "redact", str(tmp_path / "theirs"), str(tmp_path / "new.tar.gz")], "kubectl kcp") in (0, 3)
    capsys.readouterr()
    before, after = (told("doctor", "-A", "--bundle", str(tmp_path / n))[1] for n in ("theirs", "new.tar.gz"))
    assert [f["code"] for f in after["findings"]] == [f["code"] for f in before["findings"]]
    assert sorted((e["kind"], e["reason"]) for e in after["errors"]) == sorted((e["kind"], e["reason"]) for e in before["errors"])


def test_the_log_of_the_manager_alone(recording: Callable[[str], Path], tmp_path: Path) -> None:
    """kubectl puts all containers of a Pod in one file."""
    foreign.cluster_info(recording(HEALTHY), tmp_path)
    (path,) = tmp_path.glob("capi-system/*/logs.txt")
    proxy = "logs for container kube-rbac-proxy of pod capi-system/x ===="
    path.write_text(f"{path.read_text()}==== START {proxy}\nnot ours\n==== END {proxy}\n")
    with open_bundle(str(tmp_path)) as source:
        (core,) = [c for c in gather_controllers(source).items if c.provider == "cluster-api"]
        log = list(source.log(core.pods[0]))
    assert log
    assert not any("not ours" in line or "====" in line for line in log)


def test_the_newest_version_of_an_object_counts(recording: Callable[[str], Path], tmp_path: Path) -> None:
    """crust-gather has an object once for each version that is served."""
    foreign.crust_gather(recording(HEALTHY), tmp_path)
    for path in list(tmp_path.glob("namespaces/*/cluster.x-k8s.io-v1beta2/cluster/*.yaml")):
        old = Path(str(path).replace("v1beta2", "v1beta1"))
        old.parent.mkdir(parents=True, exist_ok=True)
        old.write_text(path.read_text().replace("cluster.x-k8s.io/v1beta2", "cluster.x-k8s.io/v1beta1"))
    with open_bundle(str(tmp_path)) as source:
        clusters = source.objects(CLUSTERS).items
    assert len(clusters) == 6
    assert {c["apiVersion"] for c in clusters} == {"cluster.x-k8s.io/v1beta2"}


def test_several_management_clusters_are_not_mixed(recording: Callable[[str], Path], tmp_path: Path) -> None:
    foreign.e2e(recording(HEALTHY), tmp_path)
    clusters = tmp_path / "_artifacts/clusters"
    shutil.copytree(clusters / "bootstrap", clusters / "self-hosted")
    with pytest.raises(BadInput, match=r"several management clusters: .*bootstrap, .*self-hosted"), open_bundle(str(tmp_path)):
        pass
    with open_bundle(str(clusters / "bootstrap")) as source:
        assert len(source.objects(CLUSTERS).items) == 6


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1, 2", "not YAML"),
        ("a: &x [1]\nb: *x\n", "aliases"),
        ("[" * 100, "too deep"),
        ("\x00\x01", "not YAML"),
    ],
)
def test_a_broken_object_is_told_and_the_others_are_read(
    text: str, words: str, recording: Callable[[str], Path], tmp_path: Path, told: Callable[..., tuple[int, Json]]
) -> None:
    foreign.e2e(recording(HEALTHY), tmp_path)
    machine = next(tmp_path.rglob("Machine/c000*.yaml"))
    machine.write_text(text)
    made = told("bundle", "inspect", str(tmp_path))[1]
    (broken,) = [e for e in made["notRead"] if machine.name in e["subject"]]
    assert words in broken["reason"]
    assert {k["plural"]: k["count"] for k in made["kinds"]}["machines"] == 5


def test_a_link_in_an_archive_of_ours_is_still_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("captured-at.txt")
        member.size = 20
        tar.addfile(member, io.BytesIO(b"2026-11-23T22:13:50Z"))
        link = tarfile.TarInfo("version.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(BadInput, match="a link"), open_bundle(str(tmp_path / "x.tar.gz")):
        pass


def test_nothing_tells_the_time(tmp_path: Path) -> None:
    foreign.write(tmp_path / "default/replication-controllers.json", '{"items": []}')
    with pytest.raises(BadInput, match="nothing in it tells when"), open_bundle(str(tmp_path)):
        pass

"""What stands in the way of an upgrade of Cluster API or of Kubernetes, and what it would do. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kcp.findings import raw
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.controllers import deployment_ref
from kubectl_kcp.findings.upgrade_entries import BACK, FIXES, KUBELETS, NEEDS_KUBERNETES, REMOVES, ROLLS, SKIPS
from kubectl_kcp.findings.versions import SHOWN, own_definitions, range_text, within
from kubectl_kcp.inventory.references import ref
from kubectl_kcp.knowledge import management, upgrades
from kubectl_kcp.knowledge.providers import RELEASED_TOGETHER
from kubectl_kcp.knowledge.releases import releases, supported
from kubectl_kcp.knowledge.resources import KUBEADM_CONFIGS, KUBEADM_CONTROL_PLANES, MACHINES
from kubectl_kcp.kube.objects import rows, section, strings, text
from kubectl_kcp.kube.resources import Object
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Evidence, Finding, Severity
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.model.version import Version


def is_kubernetes(target: Version) -> bool:
    return target.minor >= upgrades.FIRST_KUBERNETES_MINOR or target.major > 1


def upgrade_findings(estate: Estate, target: Version) -> Iterator[Finding]:
    """``target`` is a version of Cluster API, or of Kubernetes for the workload clusters."""
    core = next((c for p in RELEASED_TOGETHER for c in estate.controllers if c.provider == p and c.version is not None), None)
    if core is None or core.version is None:
        return
    if is_kubernetes(target):
        yield from _kubernetes(estate, core, core.version, target)
        return
    yield from _steps(core, core.version, target)
    yield from _supported(estate, core, target)
    yield from _removed(estate, core.version, target)
    yield from _rolled(estate, core.version, target)
    yield from _fixes(core, core.version, target)


def _steps(core: Controller, now: Version, target: Version) -> Iterator[Finding]:
    if target < now:
        yield found(BACK, deployment_ref(core), f"{target} is older than {now}")
    elif (target.major, target.minor) > (now.major, now.minor + upgrades.MOST_SKIPPED):
        yield found(SKIPS, deployment_ref(core), f"from {now} to {target} are {target.minor - now.minor} minor versions")


def _supported(estate: Estate, core: Controller, target: Version) -> Iterator[Finding]:
    known = supported(target, management=True)
    if known is not None and estate.kubernetes is not None and not within(estate.kubernetes, known):
        yield found(
            NEEDS_KUBERNETES,
            deployment_ref(core),
            f"{target} supports management clusters of Kubernetes {range_text(known)}; this one runs {estate.kubernetes}",
        )
    known = supported(target, management=False)
    for obj in estate.of(KUBEADM_CONTROL_PLANES) if known is not None else ():
        runs = Version.parse(text(section(obj, "spec"), "version"))
        if known is not None and runs is not None and not within(runs, known):
            seen = f"it runs Kubernetes {runs}; {target} supports {range_text(known)}"
            yield found(NEEDS_KUBERNETES, raw.subject(obj, "KubeadmControlPlane"), seen)


def _kubernetes(estate: Estate, core: Controller, now: Version, target: Version) -> Iterator[Finding]:
    known = supported(now, management=False)
    if known is not None and not within(target, known):
        seen = f"{now} supports workload clusters of Kubernetes {range_text(known)}, not {target}"
        yield found(NEEDS_KUBERNETES, deployment_ref(core), seen)
    if upgrades.kubelets_change(target) and not upgrades.gives_rights(now):
        yield found(KUBELETS, deployment_ref(core), f"with {now}, API servers of Kubernetes {target} may not proxy to kubelets")


def _removed(estate: Estate, now: Version, target: Version) -> Iterator[Finding]:
    gone = {v for v, since in management.REMOVED_VERSIONS.items() if _reaches(target, since)}
    unserved = {v for v, since in management.UNSERVED_VERSIONS.items() if _reaches(target, since)}
    for obj in own_definitions(estate):
        stored = [v for v in strings(section(obj, "status"), "storedVersions") if v in gone]
        if stored:
            where = raw.subject(obj, "CustomResourceDefinition")
            yield found(REMOVES, where, f"it stores {', '.join(stored)}, which {target} does not have any more")
    writers = _writers(estate, unserved)
    for name, count in sorted(writers.items()):
        yield found(
            REMOVES,
            raw.subject({"kind": "Writer", "metadata": {"name": name}}),
            f"{name} writes {', '.join(sorted(unserved))}, which {target} does not serve any more",
            evidence=(Evidence(f"field manager of {count} objects", "metadata.managedFields"),),
            severity=Severity.WARNING,
        )


def _writers(estate: Estate, versions: set[str]) -> dict[str, int]:
    """Field managers other than Cluster API's own controllers, with how many objects each wrote in one of these versions."""
    own = {w for item in estate.clusters if item.cluster.control_plane for w in item.cluster.control_plane.writers}
    found_: dict[str, int] = {}
    for resource in (KUBEADM_CONTROL_PLANES, MACHINES):
        for obj in estate.of(resource):
            for name in {text(e, "manager") for e in rows(section(obj, "metadata"), "managedFields") if _version_of(e) in versions} - own:
                found_[name] = found_.get(name, 0) + 1
    return found_


def _version_of(entry: Object) -> str:
    return text(entry, "apiVersion").rpartition("/")[2]


def _reaches(target: Version, minor: str) -> bool:
    since = Version.parse(minor)
    return since is not None and since <= target


def _rolled(estate: Estate, now: Version, target: Version) -> Iterator[Finding]:
    """Joined Machines whose KubeadmConfig lacks joinConfiguration.controlPlane: not the first one's, which has an initConfiguration."""
    if not (now < upgrades.ROLLS_FROM <= target < upgrades.ROLLS_FIXED) or not estate.read(KUBEADM_CONFIGS):
        return
    configs = {ref(o): o for o in estate.of(KUBEADM_CONFIGS)}
    for item in estate.clusters:
        plane = item.cluster.control_plane
        if plane is None or not plane.is_kubeadm:
            continue
        rolled = []
        for machine in estate.of(MACHINES):
            if raw.cluster_of(machine) != item.cluster.ref or not _is_of_plane(machine):
                continue
            name = text(section(machine, "spec", "bootstrap", "configRef"), "name")
            spec = section(configs.get(Ref(item.cluster.namespace, name), {}), "spec")
            if "joinConfiguration" in spec and "controlPlane" not in section(spec, "joinConfiguration"):
                rolled.append(str(ref(machine)))
        if rolled:
            lines = [Evidence(f"KubeadmConfig of Machine {m} lacks joinConfiguration.controlPlane") for m in rolled[:SHOWN]]
            where = raw.subject({"kind": plane.kind, "metadata": {"namespace": plane.namespace, "name": plane.name}})
            yield found(ROLLS, where, f"{len(rolled)} of its Machines would be replaced", evidence=lines)


def _is_of_plane(machine: Object) -> bool:
    return any(text(o, "kind") == "KubeadmControlPlane" for o in rows(section(machine, "metadata"), "ownerReferences"))


def _fixes(core: Controller, now: Version, target: Version) -> Iterator[Finding]:
    between = [r for v, r in releases().items() if now < v and v <= target]
    fixes = {(f.area, f.title): (r.version, f) for r in between for f in r.fixes}  # one fix is in the patches of several minors
    if fixes:
        shown = list(fixes.values())[-SHOWN:]
        lines = [Evidence(f"{version}: {f.area}: {f.title} (#{f.pull})", "CHANGELOG") for version, f in shown]
        yield found(FIXES, deployment_ref(core), f"{len(fixes)} faults are fixed between {now} and {target}", evidence=lines)

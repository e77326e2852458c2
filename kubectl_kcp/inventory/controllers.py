"""Controllers from Deployments, Pods, Leases and clusterctl's Provider objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from msgspec.structs import replace

from kubectl_kcp.inventory.flags import flags_of
from kubectl_kcp.knowledge.diagnostics import endpoints
from kubectl_kcp.kube.objects import is_ready, number, rows, section, strings, text
from kubectl_kcp.kube.resources import Object
from kubectl_kcp.kube.times import parse_time
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.controller import Argument, Controller, Leader, Pod
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.model.version import Version

PROVIDER_LABEL = "cluster.x-k8s.io/provider"
WATCH_LABEL = "cluster.x-k8s.io/watch-filter"


def controllers(
    deployments: Iterable[Object], pods: Iterable[Object] | None, leases: Iterable[Object] | None, providers: Iterable[Object] = ()
) -> list[Controller]:
    """All controllers with the provider label, by namespace and name. ``leases`` None: leadership could not be read; ``pods`` likewise."""
    found_leases, found_providers = None if leases is None else list(leases), list(providers)
    labelled = [d for d in deployments if PROVIDER_LABEL in section(d, "metadata", "labels")]
    own = _pods_of(labelled, pods or ())
    made = [_controller(d, mine, found_leases, found_providers) for d, mine in zip(labelled, own, strict=True)]
    known = [c if pods is not None else replace(c, pods_known=False) for c in made]
    return sorted(known, key=lambda c: (c.namespace, c.name))


def _controller(deployment: Object, own: list[Object], leases: list[Object] | None, providers: list[Object]) -> Controller:
    meta, template = section(deployment, "metadata"), section(deployment, "spec", "template", "spec")
    namespace, provider = text(meta, "namespace"), text(section(meta, "labels"), PROVIDER_LABEL)
    container = _manager(template)
    leader = None if leases is None else leader_of(provider, namespace, own, leases)
    version, source = _version(text(container, "image"), provider, namespace, providers)
    return Controller(
        namespace=namespace,
        name=text(meta, "name"),
        provider=provider,
        uid=text(meta, "uid"),
        version=version,
        version_source=source,
        replicas=number(section(deployment, "spec"), "replicas") or 0,
        service_account=text(template, "serviceAccountName"),
        pods=tuple(sorted((_pod(p, leader, leases is not None, version) for p in own), key=lambda p: p.name)),
        flags=flags_of(container),
        leader=leader,
        arguments=arguments(template),
    )


def arguments(pod_spec: Object) -> tuple[Argument, ...]:
    """Of a Deployment's Pod template: the words that its controller's container is started with, but for the program itself."""
    containers, own = rows(pod_spec, "containers"), _manager(pod_spec)
    where = f"/spec/template/spec/containers/{next((i for i, c in enumerate(containers) if c is own), 0)}"
    words = [(f"{where}/{field}/{i}", word) for field in ("command", "args") for i, word in enumerate(strings(own, field))]
    return tuple(Argument(*w) for w in (words[1:] if strings(own, "command") else words))


def _pods_of(deployments: list[Object], pods: Iterable[Object]) -> list[list[Object]]:
    """Each Deployment's. Two may have one selector (Metal3's): then the ReplicaSet tells, where it is known for one of theirs."""
    found: list[list[Object]] = [[] for _ in deployments]
    for pod in pods:
        selected = [n for n, d in enumerate(deployments) if _selects(d, pod)]
        told = [n for n in selected if _made(deployments[n], pod)] if len(selected) > 1 else []
        for n in told or selected:
            found[n].append(pod)
    return found


def _selects(deployment: Object, pod: Object) -> bool:
    selector, labels = section(deployment, "spec", "selector", "matchLabels"), section(pod, "metadata", "labels")
    here = text(section(pod, "metadata"), "namespace") == text(section(deployment, "metadata"), "namespace")
    return here and bool(selector) and all(labels.get(k) == v for k, v in selector.items())


def _made(deployment: Object, pod: Object) -> bool:
    """Whether the Deployment made the Pod: through a ReplicaSet, which is named DEPLOYMENT-HASH."""
    meta = section(pod, "metadata")
    made = f"{text(section(deployment, 'metadata'), 'name')}-{text(section(meta, 'labels'), 'pod-template-hash')}"
    return any(text(o, "kind") == "ReplicaSet" and text(o, "name") == made for o in rows(meta, "ownerReferences"))


def _manager(pod_spec: Object) -> Object:
    """The controller's container: ``manager`` by custom, else the first."""
    containers = rows(pod_spec, "containers")
    return next((c for c in containers if c.get("name") == "manager"), containers[0] if containers else {})


def manager_state(pod: Object) -> Object:
    """The status of its controller's container."""
    name = _manager(section(pod, "spec")).get("name")
    return next((s for s in rows(section(pod, "status"), "containerStatuses") if s.get("name") == name), {})


def _pod(pod: Object, leader: Leader | None, leases_known: bool, version: Version | None) -> Pod:
    meta, spec, status = section(pod, "metadata"), section(pod, "spec"), section(pod, "status")
    container = _manager(spec)
    state = manager_state(pod)
    last = section(state, "lastState", "terminated")
    name, image, flags = text(meta, "name"), text(container, "image"), flags_of(container)
    return Pod(
        namespace=text(meta, "namespace"),
        name=name,
        uid=text(meta, "uid"),
        node=text(spec, "nodeName"),
        phase=text(status, "phase"),
        ready=is_ready(pod) is True,
        deleting="deletionTimestamp" in meta,
        restarts=number(state, "restartCount"),
        started=parse_time(section(state, "state", "running").get("startedAt")),
        host_network=spec.get("hostNetwork") is True,
        image=image,
        flags=flags,
        endpoints=endpoints(flags, version_of_image(image) or version),
        container=text(container, "name"),
        leader=(leader is not None and leader.pod == name) if leases_known else None,
        ended=f"{text(last, 'reason')} (exit code {last.get('exitCode')})" if last else "",
        ended_at=parse_time(last.get("finishedAt")),
    )


LEASE_NAMES = {
    "control-plane-kubeadm": "kubeadm-control-plane-manager-leader-election-capi",
    "bootstrap-kubeadm": "kubeadm-bootstrap-manager-leader-election-capi",
    "cluster-api": "controller-leader-election-capi",
}
"""LeaderElectionID in each controller's main.go; other providers' leases are told by their holder."""


def leader_of(provider: str, namespace: str, pods: Sequence[Object], leases: Iterable[Object]) -> Leader | None:
    """The Lease of these Pods: by its well-known name, else by a holder that is one of them (or their node)."""
    local = [lease for lease in leases if text(section(lease, "metadata"), "namespace") == namespace]
    known = [lease for lease in local if text(section(lease, "metadata"), "name") == LEASE_NAMES.get(provider)]
    for lease in known or local:
        holder = text(section(lease, "spec"), "holderIdentity")
        pod = holding_pod(holder, pods)
        if known or pod:
            return _leader(lease, holder, pod)
    return None


def holding_pod(holder: str, pods: Sequence[Object]) -> str | None:
    """``HOSTNAME_uuid``; with hostNetwork the host name is the node's, so it must be unique among our Pods."""
    host = holder.rpartition("_")[0]
    if not host:
        return None
    for pod in pods:
        if text(section(pod, "metadata"), "name") == host:
            return host
    on_node = [p for p in pods if section(p, "spec").get("hostNetwork") is True and text(section(p, "spec"), "nodeName") == host]
    return text(section(on_node[0], "metadata"), "name") if len(on_node) == 1 else None


def _leader(lease: Object, holder: str, pod: str | None) -> Leader:
    meta, spec = section(lease, "metadata"), section(lease, "spec")
    return Leader(
        lease=Ref(text(meta, "namespace"), text(meta, "name")),
        holder=holder,
        pod=pod,
        acquired=parse_time(spec.get("acquireTime")),
        renewed=parse_time(spec.get("renewTime")),
        duration=timedelta(seconds=number(spec, "leaseDurationSeconds") or 0),
        transitions=number(spec, "leaseTransitions") or 0,
    )


def version_of_image(image: str) -> Version | None:
    """By its tag; None for an image by digest alone, and for a tag that is no version."""
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return Version.parse(tag) if tag else None


def names_no_version(deployment: Object) -> bool:
    """Whether the version has to be read elsewhere than in its image's tag."""
    return version_of_image(text(_manager(section(deployment, "spec", "template", "spec")), "image")) is None


def _version(image: str, provider: str, namespace: str, providers: list[Object]) -> tuple[Version | None, str]:
    version = version_of_image(image)
    if version is not None:
        return version, "image"
    for obj in providers:
        if text(section(obj, "metadata"), "namespace") == namespace and text(section(obj, "metadata", "labels"), PROVIDER_LABEL) in (
            provider,
            "",
        ):
            version = Version.parse(text(obj, "version"))
            if version is not None:
                return version, "provider"
    return None, ""


def with_version(controller: Controller, version: Version, source: str) -> Controller:
    """With this version, by which its Pods' endpoints are told; a Pod whose own image names a version has that one's."""
    pods = tuple(replace(p, endpoints=endpoints(p.flags, version_of_image(p.image) or version)) for p in controller.pods)
    return replace(controller, version=version, version_source=source, pods=pods)


def responsible(cluster: Cluster, found: Iterable[Controller]) -> Controller | None:
    """The KCP that reconciles a cluster's control plane: by ``--namespace`` and ``--watch-filter``; the narrowest wins."""
    labels = cluster.control_plane.labels if cluster.control_plane else cluster.labels
    fitting = [
        c
        for c in found
        if c.is_kcp and c.watch_namespace in ("", cluster.namespace) and (not c.watch_filter or labels.get(WATCH_LABEL) == c.watch_filter)
    ]
    return max(fitting, key=lambda c: (bool(c.watch_filter), bool(c.watch_namespace)), default=None)

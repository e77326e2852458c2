"""The writes of ``changes.interface.Changer``, each bound to what was looked at."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from kubectl_kcp.advice import GRANT, Advice, advice, command
from kubectl_kcp.changes.interface import EventText, Object
from kubectl_kcp.errors import Forbidden, KcpError, NotFound, Refused
from kubectl_kcp.knowledge.denials import BUDGET, DENIED, says
from kubectl_kcp.knowledge.resources import CLUSTERS, DEPLOYMENTS, KUBEADM_CONTROL_PLANES, LEASES, NODES, PODS
from kubectl_kcp.kube.api import Api, Conflict, Unauthorized, path_of
from kubectl_kcp.kube.discovery import Discovery
from kubectl_kcp.kube.resources import Resource
from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.flush import Identity
from kubectl_kcp.model.reference import Ref

COMPONENT = "kubectl-kcp"
MERGE, JSON_PATCH, STRATEGIC = "application/merge-patch+json", "application/json-patch+json", "application/strategic-merge-patch+json"
RESOURCES = {r.plural: r for r in (CLUSTERS, DEPLOYMENTS, KUBEADM_CONTROL_PLANES, LEASES, NODES, PODS)}
KINDS = {"Cluster": CLUSTERS, "Deployment": DEPLOYMENTS}
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
"""The annotation that ``kubectl rollout restart`` sets."""


class LiveChanger:
    """See ``Changer``."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._discovery = Discovery(api)

    def _path(self, resource: Resource, ref: Ref, sub: str = "") -> str:
        return path_of(resource.group, self._discovery.version(resource), resource.plural, ref.namespace or None, ref.name, sub)

    def read(self, plural: str, ref: Ref) -> Object | None:
        try:
            found: Object = self._api.get(self._path(RESOURCES[plural], ref))
        except NotFound:
            return None
        except Unauthorized:
            raise
        except Forbidden as e:
            raise Forbidden(str(e), GRANT) from None
        return found

    def pods(self, namespace: str, labels: Mapping[str, str]) -> list[Object]:
        selector = ",".join(f"{k}={v}" for k, v in labels.items())
        return list(self._api.get(path_of("", "v1", "pods", namespace), {"labelSelector": selector}).get("items") or [])

    def event(self, kind: str, about: Identity, text: EventText) -> None:
        resource, now = KINDS[kind], iso(datetime.now(timezone.utc).replace(microsecond=0))
        body = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{about.ref.name}.{secrets.token_hex(8)}", "namespace": about.ref.namespace},
            "involvedObject": {
                "apiVersion": f"{resource.group}/{self._discovery.version(resource)}",
                "kind": kind,
                "namespace": about.ref.namespace,
                "name": about.ref.name,
                "uid": about.uid,
            },
            "type": "Normal",
            "reason": text.reason,
            "message": text.message[:1024],
            "action": text.action,
            "source": {"component": COMPONENT},
            "reportingComponent": COMPONENT,
            "reportingInstance": COMPONENT,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        try:
            self._api.send("POST", path_of("", "v1", "events", about.ref.namespace), body)
        except (Forbidden, Refused, NotFound) as e:
            raise Refused(f"no Event may be written on {kind} {about}, so nothing is changed: {e}", _cure(e)) from None

    def evict(self, pod: Identity) -> None:
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"namespace": pod.ref.namespace, "name": pod.ref.name},
            "deleteOptions": {"preconditions": {"uid": pod.uid}},
        }
        try:
            self._api.send("POST", self._path(PODS, pod.ref, "eviction"), body)
        except NotFound:
            raise Refused(f"Pod {pod} has gone since it was looked at", advice("look again: ", command("certs status"))) from None
        except Conflict as e:
            raise Refused(f"Pod {pod} was replaced since it was looked at: {e}", advice("look again: ", command("certs status"))) from None
        except (Forbidden, Refused) as e:
            raise Refused(f"the eviction of Pod {pod} was refused: {e}", _cure(e)) from None

    def restart(self, deployment: Identity, resource_version: str, at: datetime) -> None:
        body = {
            "metadata": {"uid": deployment.uid, "resourceVersion": resource_version},
            "spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: iso(at.replace(microsecond=0))}}}},
        }
        try:
            self._api.send("PATCH", self._path(DEPLOYMENTS, deployment.ref), body, STRATEGIC)
        except Conflict as e:
            raise Refused(
                f"Deployment {deployment} changed since it was looked at: {e}", "another run may be under way; look again"
            ) from None
        except NotFound:
            raise Refused(f"Deployment {deployment} has gone since it was looked at", advice("look again: ", command("top"))) from None
        except (Forbidden, Refused) as e:
            raise Refused(f"the restart of Deployment {deployment} was refused: {e}", _cure(e)) from None

    def release(self, lease: Ref, holder: str) -> bool:
        body = [
            {"op": "test", "path": "/spec/holderIdentity", "value": holder},
            {"op": "replace", "path": "/spec/holderIdentity", "value": ""},
        ]
        try:
            self._api.send("PATCH", self._path(LEASES, lease), body, JSON_PATCH)
        except NotFound:
            return False
        except Refused as e:
            if says(str(e), DENIED):
                raise
            return False  # the test failed: another Pod leads by now
        return True

    def annotate(self, plural: str, about: Identity, key: str, value: str) -> None:
        body = {"metadata": {"uid": about.uid, "annotations": {key: value}}}
        self._api.send("PATCH", self._path(RESOURCES[plural], about.ref), body, MERGE)

    def whoami(self) -> str:
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        try:
            answer: Any = self._api.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body)
            return str(answer["status"]["userInfo"]["username"])
        except (NotFound, Forbidden, KeyError, TypeError):
            return self._api.login.impersonate_user or self._api.login.name


def _cure(error: KcpError) -> Advice:
    """Who said no: an admission policy, a PodDisruptionBudget, or RBAC."""
    words = str(error)
    if says(words, DENIED):
        return advice("an admission policy of this cluster: whoever keeps it can let this through")
    if says(words, BUDGET):
        return advice("kubectl get pdb -A shows it; more replicas, or a budget that allows one disruption, let the eviction through")
    return GRANT if isinstance(error, Forbidden) else advice("look again: ", command("certs status"))

"""The Deployment controller: a ReplicaSet for each Pod template, one Pod more while a new template takes over (maxSurge 25 % of one)."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import json
import secrets
from typing import Any

from tests.sandbox.machines import creating, is_ready
from tests.sandbox.store import Store
from tests.sandbox.writing import LETTERS

Object = dict[str, Any]
STEP = 0.05
HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"


class Deployments:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def run(self) -> None:
        while True:
            for deployment in self._store.all("deployments"):
                if not deployment["spec"].get("paused"):
                    self._step(deployment)
            for budget in self._store.all("poddisruptionbudgets"):
                self._judge(budget)
            await asyncio.sleep(STEP)

    def _step(self, deployment: Object) -> None:
        meta = deployment["metadata"]
        sets = [r for r in self._store.all("replicasets", meta["namespace"]) if _owner(r) == meta["uid"]]
        present = next((r for r in sets if _template(r) == _template(deployment)), None) or self._new_set(deployment, len(sets))
        pods = [p for p in self._store.all("pods", meta["namespace"]) if not p["metadata"].get("deletionTimestamp")]
        new = [p for p in pods if _owner(p) == present["metadata"]["uid"]]
        old = [p for p in pods if _owner(p) in {r["metadata"]["uid"] for r in sets if r is not present}]
        wanted = int(deployment["spec"].get("replicas", 1))
        ready = [p for p in (*new, *old) if is_ready(p)]
        if len(new) < wanted and len(new) + len(old) < wanted + (1 if old else 0):
            self._new_pod(present)
        elif old and len(ready) > wanted:
            self._delete(min(old, key=is_ready))
        elif not old and len(new) > wanted:
            self._delete(max(new, key=lambda p: str(p["metadata"]["creationTimestamp"])))
        self._write_status(deployment, new, old, ready, wanted)

    def _new_set(self, deployment: Object, revision: int) -> Object:
        meta = deployment["metadata"]
        template = copy.deepcopy(deployment["spec"]["template"])
        label = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]
        template["metadata"]["labels"] = {**template["metadata"]["labels"], HASH: label}
        made = {
            "metadata": {
                "name": f"{meta['name']}-{label}",
                "namespace": meta["namespace"],
                "labels": template["metadata"]["labels"],
                "annotations": {REVISION: str(revision + 1)},
                "ownerReferences": [_reference(deployment)],
            },
            "spec": {"replicas": 0, "selector": {"matchLabels": template["metadata"]["labels"]}, "template": template},
            "status": {"replicas": 0},
        }
        return self._store.put("replicasets", made)

    def _new_pod(self, owner: Object) -> None:
        template, meta = copy.deepcopy(owner["spec"]["template"]), owner["metadata"]
        name = f"{meta['name']}-{''.join(secrets.choice(LETTERS) for _ in range(5))}"
        about = {"name": name, "generateName": f"{meta['name']}-", "namespace": meta["namespace"], "ownerReferences": [_reference(owner)]}
        status = {"phase": "Pending", "conditions": [], "containerStatuses": [creating(c) for c in template["spec"]["containers"]]}
        self._store.put("pods", {"metadata": {**template["metadata"], **about}, "spec": template["spec"], "status": status})

    def _delete(self, pod: Object) -> None:
        meta = {**pod["metadata"], "deletionTimestamp": self._store.now_text(), "deletionGracePeriodSeconds": 0}
        self._store.put("pods", {**pod, "metadata": meta})

    def _write_status(self, deployment: Object, new: list[Object], old: list[Object], ready: list[Object], wanted: int) -> None:
        counts = {"replicas": len(new) + len(old), "readyReplicas": len(ready), "updatedReplicas": len(new)}
        counts |= {"availableReplicas": len(ready), "unavailableReplicas": max(0, wanted - len(ready))}
        status = {
            **{k: v for k, v in deployment["status"].items() if k not in counts},
            **{k: v for k, v in counts.items() if v},
            "observedGeneration": deployment["metadata"].get("generation", 1),
        }
        if status != deployment["status"]:
            self._store.put("deployments", {**deployment, "status": status})

    def _judge(self, budget: Object) -> None:
        """The disruption controller's part, for ``minAvailable`` and ``maxUnavailable`` in numbers."""
        labels = (budget["spec"].get("selector") or {}).get("matchLabels") or {}
        pods = [
            p for p in self._store.all("pods", budget["metadata"]["namespace"]) if labels.items() <= p["metadata"].get("labels", {}).items()
        ]
        healthy = sum(is_ready(p) and not p["metadata"].get("deletionTimestamp") for p in pods)
        most = budget["spec"].get("maxUnavailable")
        desired = int(budget["spec"].get("minAvailable", 0)) if most is None else len(pods) - int(most)
        status = {"currentHealthy": healthy, "desiredHealthy": desired, "expectedPods": len(pods)}
        status |= {"disruptionsAllowed": max(0, healthy - desired), "observedGeneration": budget["metadata"].get("generation", 1)}
        if status != budget.get("status"):
            self._store.put("poddisruptionbudgets", {**budget, "status": status})


def _owner(obj: Object) -> str:
    return next((str(o["uid"]) for o in obj["metadata"].get("ownerReferences") or () if o.get("controller")), "")


def _reference(owner: Object) -> Object:
    meta = owner["metadata"]
    about = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": meta["name"], "uid": meta["uid"]}
    return {**about, "controller": True, "blockOwnerDeletion": True}


def _template(obj: Object) -> Object:
    template: Object = copy.deepcopy(obj["spec"]["template"])
    template["metadata"].get("labels", {}).pop(HASH, None)
    template["metadata"].pop("creationTimestamp", None)
    return template

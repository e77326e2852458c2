"""Words of controllers' logs about reconciles, and how an error's words are brought to the part that matters."""

from __future__ import annotations

import re
from datetime import timedelta

RECONCILE_KCP = "Reconcile KubeadmControlPlane"
"""At the beginning of each reconcile, at the default verbosity (controlplane/kubeadm, kubeadmcontrolplane_controller.go)."""
RECONCILER_ERROR = "Reconciler error"
"""controller-runtime pkg/internal/controller/controller.go: what a reconcile returned."""
WATCH_FAILED = "Failed to watch"
"""client-go tools/cache/reflector.go: the message from 0.33 on, part of the error before. Tried again with waits of up to 30 s."""

ETCD_UNREAD = "Failed to get current etcd members and alarms"
"""controlplane/kubeadm/pkg/workload_cluster_conditions.go: the reconcile goes on, its conditions turn."""
FAILURES = (RECONCILER_ERROR, ETCD_UNREAD)

NAMES = re.compile(r"\b[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[a-z0-9]([a-z0-9.-]*[a-z0-9])?\b")
QUOTED = re.compile(r'"[^"]*"')
ADDRESSES = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\[[0-9a-f:]+\](?::\d+)?")
HASHES = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b(?=[0-9a-z]*\d)[0-9a-z]+(?:-[0-9a-z]+)*-[0-9a-z]{5}\b")
"""What differs between errors of one cause: ``namespace/name``, quoted names, addresses, UIDs and generated names."""

LOOK_BACK = timedelta(hours=1)
"""How far a log is read: the longest wait between two tries is about 17 minutes (controller-runtime's exponential backoff)."""
LASTING, STILL, ENOUGH = timedelta(minutes=10), timedelta(minutes=20), 3
"""A failure that has lasted longer than the first, was seen within the second, and so many times, is worth a word."""
SPELL, SOONER = timedelta(minutes=1), 8
"""Each try waits longer than the one before (controller-runtime's exponential backoff), until one succeeds. So a pause of the first or
longer, after which the next failure comes that many times sooner, had a success in it."""

CONFLICT = "the object has been modified; please apply your changes to the latest version and try again"
"""Somebody else wrote the object first: the next try reads it anew. It is in no controller's power to avoid, and no failure that lasts
(Kubernetes API conventions, concurrency control; apiserver pkg/registry/generic/registry/store.go, OptimisticLockErrorMsg)."""

WEBHOOK = re.compile(r"(?:failed calling webhook|conversion webhook for) .*?https://([a-z0-9-]+)\.([a-z0-9-]+)\.svc\b")
"""Name and namespace of the Service whose answer the API server did not get (apiserver, admission/plugin/webhook/errors/statuserror.go;
apiextensions-apiserver, pkg/apiserver/conversion/webhook_converter.go)."""

DENIED = re.compile(
    r'is forbidden: User "([^"]+)" cannot (\w+) resource "([^"]+)" in API group "([^"]*)" (?:in the namespace "[^"]*"|at the cluster scope)'
)
"""User, verb, resource and group of what RBAC refused (apiserver, pkg/endpoints/handlers/responsewriters/errors.go, forbiddenMessage)."""
READ_VERBS = ("get", "list", "watch")
WRITE_VERBS = (*READ_VERBS, "create", "update", "patch", "delete")
"""What Cluster API's own roles give for a kind that a controller reads, and for one that it writes (kubebuilder:rbac markers of its
reconcilers): an apply that creates needs create beside patch."""
DENIED_STILL, DENIED_PAUSES = timedelta(minutes=1), 3
"""A right that is still missing shows at the next try: within so many of the last pauses between two, and within the first at least."""

TOKEN_WORDS = "failed to get bootstrap token secret in order to refresh it"  # noqa: S105 - words of a log, no token
"""bootstrap/kubeadm/reconcilers/kubeadmconfig/kubeadmconfig_controller.go, refreshBootstrapTokenIfNeeded."""

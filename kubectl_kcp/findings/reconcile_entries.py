"""Findings about reconciles that fail, as the controllers' logs tell them."""

from __future__ import annotations

from kubectl_kcp.advice import advice
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.model.finding import Severity

FAILING, TOKEN_GONE, LACKING = "reconciles-fail-alike", "bootstrap-token-gone", "controller-lacks-right"
WORKLOAD = "workload"
"""What reconciles are about that fail for want of a connection to their workload cluster."""

ENTRIES = (
    Entry(
        FAILING,
        "reconciles fail again and again with the same error",
        Severity.WARNING,
        "What these objects ask for does not happen until the error is gone. Each failure is tried again, with longer and longer waits.",
        advice("read the innermost error: it names what was refused, or not there"),
        "",
        "controller-runtime pkg/internal/controller/controller.go, Reconciler error",
    ),
    Entry(
        LACKING,
        "a controller lacks a right that it needs",
        Severity.WARNING,
        "RBAC refuses what it wants to do, at each try, and what its objects want does not come about. Somebody has changed its roles or "
        "their bindings, or they are of another version than the controller. Each refusal names one right; the next may lack, too.",
        advice("have its roles written anew as its release has them (clusterctl, GitOps)"),
        "",
        "apiserver, pkg/endpoints/handlers/responsewriters/errors.go; kubebuilder:rbac markers of Cluster API's reconcilers",
    ),
    Entry(
        TOKEN_GONE,
        "the bootstrap token of a Machine that has not joined is gone",
        Severity.ERROR,
        "The Machine cannot join any more: its bootstrap data names a token that the workload cluster has deleted. It happens after a "
        "clusterctl move or a restore.",
        advice("delete the Machine: its owner makes a new one"),
        "before v1.9.8, v1.10.0 for MachinePools; Machines in all versions",
        "issue 11034; bootstrap/kubeadm/reconcilers/kubeadmconfig/kubeadmconfig_controller.go, refreshBootstrapTokenIfNeeded",
    ),
)

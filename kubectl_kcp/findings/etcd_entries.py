"""Findings about etcd as its members answer."""

from __future__ import annotations

from kubectl_kcp.advice import advice, command
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.model.finding import Severity

ALARM, NO_LEADER, ERRORS, BEHIND, VOTELESS, COUNT = (
    "etcd-alarm",
    "etcd-without-leader",
    "etcd-member-error",
    "etcd-member-behind",
    "etcd-learner",
    "etcd-members-unexpected",
)
STATUS = "etcd api/etcdserverpb/rpc.proto"
SHELL = command("etcd shell CLUSTER -n NAMESPACE")

ENTRIES = (
    Entry(
        ALARM,
        "etcd has raised an alarm",
        Severity.ERROR,
        "NOSPACE: the database has come to its quota and etcd takes no writes, until it is made smaller and the alarm is disarmed. "
        "CORRUPT: members' data differ.",
        advice("NOSPACE: compact, defragment and disarm (", SHELL, "); CORRUPT: replace the member that the alarm names"),
        "",
        f"{STATUS}, AlarmType",
    ),
    Entry(
        NO_LEADER,
        "an etcd member knows no leader",
        Severity.ERROR,
        "Without a leader nothing is written: the quorum is gone, or this member is cut off from the others.",
        advice(command("etcd status CLUSTER -n NAMESPACE --all-members"), " shows which members answer"),
        "",
        f"{STATUS}, StatusResponse.leader",
    ),
    Entry(
        ERRORS,
        "an etcd member reports errors",
        Severity.ERROR,
        "etcd says itself that something is wrong with it.",
        advice("look at the member's log"),
        "",
        f"{STATUS}, StatusResponse.errors",
    ),
    Entry(
        BEHIND,
        "an etcd member lags behind",
        Severity.WARNING,
        "It has not applied what the others agreed on: its disk or its CPU is slow, or it has just begun.",
        advice("look at the member's disk; ", command("etcd status CLUSTER -n NAMESPACE --all-members"), " shows whether it catches up"),
        "",
        "etcd --snapshot-count is 10,000 entries; a tenth of it is taken as odd",
    ),
    Entry(
        VOTELESS,
        "an etcd member is a learner",
        Severity.INFO,
        "It has no vote until it is promoted, which kubeadm does once it has caught up. It is a fault only where it stays so.",
        source="etcd docs/learning/design-learner",
    ),
    Entry(
        COUNT,
        "etcd has another number of members than there are control-plane nodes",
        Severity.WARNING,
        "A member without a node still counts for the quorum, but votes no more; a node without a member does not serve etcd. While a "
        "control plane is scaled or rolled out the two differ for a while.",
        advice(command("etcd members CLUSTER -n NAMESPACE"), " shows the members"),
        "",
        "controlplane/kubeadm/pkg/workload_cluster_conditions.go",
    ),
)

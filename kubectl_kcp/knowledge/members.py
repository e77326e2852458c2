"""What KCP says of an etcd member in a control plane Machine's condition EtcdMemberHealthy, beside that it is healthy.

Source: controlplane/kubeadm/pkg/workload_cluster_conditions.go of Cluster API 1.5 to 1.14. The status is False of all of these; before
v1.9, with v1beta1's conditions alone, also where an answer of etcd did not come.
"""

from __future__ import annotations

import re

GOING = "Deleting"
"""Reason while its Machine is being deleted: the member is taken out in order."""
LEARNS = "learner etcd member to be promoted"
"""It has no vote yet."""
NOT_INCLUDED = ("is not included", "doesn't have an etcd member")
"""etcd knows no such member."""
NO_ANSWER = ("Failed to get etcd members", "Failed to get etcd alarms", "etcd client related failure")
"""What KCP asked was not answered: of all Machines at once, and no word about a member."""
ALARMS = re.compile(r"reports alarms: (?P<alarms>[A-Z, ]+)")
"""etcd answers, and refuses writes: no member is lost by that."""

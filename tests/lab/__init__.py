"""A real Cluster API management cluster on one Linux machine, without containers.

etcd, kube-apiserver, kube-controller-manager and kwok run as processes. Each Cluster API controller is a real Deployment; for
every Pod of it the supervisor runs the real controller as a process, wires the Pod's ports and log to it through kwok, and
stops it when the Pod goes. So Leases, service accounts, tokens, RBAC, port-forward, logs, eviction and ``kubectl delete pod``
behave as on any management cluster. Not there: webhooks, a scheduler, images, a pod network.

``tests/lab/build`` builds the programs once; ``python -m tests.lab`` starts, fills and stops a lab.
"""

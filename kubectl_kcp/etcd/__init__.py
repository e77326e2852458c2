"""Our own way to a workload cluster's etcd: a short-lived leaf, the route, the attempt, the gateway, the shell."""

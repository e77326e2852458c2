"""A Kubernetes client: kubeconfigs, requests, deadlines, port-forwards, protobuf. Knows nothing of Cluster API."""
